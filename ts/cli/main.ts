import { CommanderError } from 'commander'
import type { Context } from './context.js'
import { exitCodeOf } from './errors.js'
import { ExitCode } from './exit-codes.js'
import { BrokenPipe } from './output.js'
import { buildProgram } from './program.js'
import { Session } from './session.js'

/** How long an interrupted command may take to end by itself. */
const INTERRUPT_MS = 1000

/**
 * Runs one command line and says what to hand back to the shell. Nothing of the process itself is touched.
 *
 * @param args The arguments after the program's name.
 */
export async function run(
  args: readonly string[],
  context: Context,
  session = new Session(context),
): Promise<ExitCode> {
  const dashes = args.indexOf('--')
  session.separated = dashes < 0 ? 0 : args.length - dashes - 1
  let exitCode = await attempt(session, async () => {
    await buildProgram(session).parseAsync([...args], { from: 'user' })
    return session.exitCode
  })
  const closed = await attempt(session, async () => {
    await session.close()
    return ExitCode.ok
  })
  if (exitCode === ExitCode.ok) exitCode = closed
  return exitCode
}

async function attempt(session: Session, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work()
  } catch (error) {
    return report(error, session)
  }
}

/** Prints an error, unless it is none for the user or is printed already. */
async function report(error: unknown, session: Session): Promise<ExitCode> {
  if (error instanceof BrokenPipe) return ExitCode.ok
  // Commander has printed help, the version or what is wrong with the command line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  const { context } = session
  if (context.signal.aborted) return ExitCode.interrupted
  // Data first, so that on a terminal the error comes last.
  await session.output.flush().catch(() => undefined)
  // Loaded only when it is needed.
  const { printError } = await import('./report.js')
  await printError(error, session)
  return exitCodeOf(error)
}

/** Runs the command line of this process. Sets its exit code and lets it end by itself, so that no output is cut. */
export async function main(): Promise<void> {
  const interrupt = new AbortController()
  const context: Context = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    env: process.env,
    signal: interrupt.signal,
  }
  const session = new Session(context)
  process.on('SIGINT', () => {
    if (session.isPaging) return
    interrupt.abort()
    // What does not notice in time ends here; a store survives the end of its process at any moment.
    setTimeout(() => process.exit(ExitCode.interrupted), INTERRUPT_MS).unref()
  })
  process.stderr.on('error', () => undefined)
  process.exitCode = await run(process.argv.slice(2), context, session)
}
