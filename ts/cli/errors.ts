import { ExitCode } from './exit-codes.js'

/** A fault found by the command itself, with what it means for the exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  /** One line that says what to do next. */
  readonly hint: string | undefined

  constructor(message: string, options: { exitCode?: ExitCode; hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.exitCode = options.exitCode ?? ExitCode.fatal
    this.hint = options.hint
  }
}

/** The command line is wrong: exit code 2. */
export function usageError(message: string, hint?: string): CommandError {
  return new CommandError(message, { exitCode: ExitCode.usage, ...(hint && { hint }) })
}

/** The answer is "no": exit code 1. */
export function negative(message: string, hint?: string): CommandError {
  return new CommandError(message, { exitCode: ExitCode.no, ...(hint && { hint }) })
}

/** The `code` of an error of the library or of Node, or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The names, keys and paths an error of the library is about; empty when there are none. */
export function detailsOf(error: unknown): Readonly<Record<string, unknown>> {
  if (typeof error !== 'object' || error === null || !('details' in error)) return {}
  return typeof error.details === 'object' ? { ...error.details } : {}
}

/** Codes of the library that answer "no" rather than report a fault. */
const NEGATIVE_CODES: ReadonlySet<string> = new Set([
  'PROLLY_CONFLICT',
  'PROLLY_CONSTRAINT',
  'PROLLY_INVALID_PROOF',
  'PROLLY_MERGE_CONFLICT',
  'PROLLY_NOTHING_TO_COMMIT',
])

/** What to do next, for the codes of the library whose message leaves that open. */
const HINTS: Readonly<Record<string, string>> = {
  PROLLY_MERGE_PENDING: '"git-prolly status" says what is under way, and what can be done about it',
  PROLLY_CORRUPTION: '"git-prolly fsck" says what is damaged and what to do',
  PROLLY_MISSING_NODE: "the store's data is incomplete here; fetch it again from where it was cloned",
}

/** The exit code an error leads to. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  const code = codeOf(error)
  if (code === 'PROLLY_ABORTED' || code === 'ABORT_ERR') return ExitCode.interrupted
  return code !== undefined && NEGATIVE_CODES.has(code) ? ExitCode.no : ExitCode.fatal
}

/**
 * An error as the user sees it: one line that begins with `fatal:` (the work could not be done) or
 * `error:` (the answer is "no", or the command line is wrong) and ends with the code, then a hint.
 */
export function describeError(
  error: unknown,
  options: { debug?: boolean; hint?: string | undefined } = {},
): string {
  const word = exitCodeOf(error) === ExitCode.fatal ? 'fatal' : 'error'
  const message = error instanceof Error ? readable(error.message) : String(error)
  const code = codeOf(error)
  const line = message.trim().replaceAll(/\s*\n\s*/g, ' ')
  const lines = [`${word}: ${line}${code && !line.includes(code) ? ` (${code})` : ''}`]
  const hint = options.hint ?? hintOf(error, code)
  if (hint !== undefined) lines.push(`hint: ${hint}`)
  if (options.debug && error instanceof Error) lines.push(debugText(error))
  return `${lines.join('\n')}\n`
}

// "ENOENT: no such file or directory, open '/x'", as Node words the faults of the operating system.
const SYSTEM_FAULT = /^(E[A-Z0-9]+): (.*), (\w+)(?: ('.*'))?$/

/** The message of an error with what was tried before what went wrong. */
function readable(message: string): string {
  return message.replace(SYSTEM_FAULT, (_, code: string, fault: string, call: string, path?: string) => {
    return `cannot ${call}${path === undefined ? '' : ` ${path}`}: ${fault} (${code})`
  })
}

function hintOf(error: unknown, code: string | undefined): string | undefined {
  if (typeof error === 'object' && error !== null && 'hint' in error) {
    if (typeof error.hint === 'string') return error.hint
  }
  return code === undefined ? undefined : HINTS[code]
}

function debugText(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${debugText(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
