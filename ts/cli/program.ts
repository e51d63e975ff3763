import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { Command, Option } from 'commander'
import { COMMANDS, configureCommand } from './commands/index.js'
import { ExitCode } from './exit-codes.js'
import type { GlobalOptions, Session } from './session.js'
import { COLOR_CHOICES, styleFor } from './style.js'
import { packageVersion } from './version.js'

const DESCRIPTION = `A versioned key-value store: branch, commit, diff and merge data, with Git as the commit graph.

Works on the store that the current folder is in. As "git-prolly" is on the PATH, "git prolly" works too.`

const GLOBAL_FLAGS = ['-C', '--git-dir', '--no-pager', '--color', '--debug', '--version', '-v'] as const

/** What each exit code means. */
export const EXIT_CODES = [
  [ExitCode.ok, 'success'],
  [ExitCode.no, 'the answer is no: not found, different, in conflict, nothing to commit'],
  [ExitCode.usage, 'wrong usage'],
  [ExitCode.fatal, 'the work could not be done'],
  [ExitCode.interrupted, 'interrupted'],
] as const

/**
 * The command line: global options and all commands by name. A command's own options are added when it is called, so
 * that starting up reads one command's file and not all.
 */
export function buildProgram(session: Session): Command {
  const program = new Command('git-prolly')
    .description(DESCRIPTION)
    .usage('[options] <command> [arguments]')
    .enablePositionalOptions()
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .version(packageVersion(), '-v, --version', 'print the version')
    .option('-C <directory>', 'work in this folder; may be given again', append)
    .option('--git-dir <directory>', 'the store, instead of looking for it upwards (GIT_DIR)')
    .option('--no-pager', 'never show output in a pager')
    .addOption(new Option('--color <when>', 'colour the output').choices(COLOR_CHOICES).default('auto'))
    .option('--debug', 'print the stack of an error (PROLLY_DEBUG)')
    .addHelpText('after', exitCodeHelp())
    .exitOverride()
    .configureOutput(outputOf(session))
    .hook('preSubcommand', async (_program, command) => {
      session.configure(program.opts<GlobalOptions>())
      // The typings know more about options than Commander's own; at run time it is one class.
      await configureCommand(command as unknown as CommandUnknownOpts, session)
    })
  for (const { name, summary, group } of COMMANDS) {
    program
      .command(name)
      .description(summary)
      .summary(summary)
      .helpGroup(group)
      .helpOption('-h, --help', 'show help')
  }
  return program
}

function exitCodeHelp(): string {
  const lines = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`)
  return ['', 'Exit codes:', ...lines].join('\n')
}

/** Says of a global option that stands behind the command where it belongs. */
function placeOf(error: string): string {
  const [, flag] = /unknown option '([^']+)'/.exec(error) ?? []
  const known = GLOBAL_FLAGS.some((name) => name === flag)
  return known ? `(It stands before the command: git-prolly ${flag} …)\n` : ''
}

function append(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

function outputOf(session: Session) {
  const { context } = session
  return {
    writeOut: (text: string) => session.output.write(text),
    writeErr: (text: string) => void context.stderr.write(text),
    outputError: (text: string, write: (text: string) => void) => {
      const style = styleFor(context, context.stderr, session.options.color)
      write(`${style('red', text.trimEnd())}\n${placeOf(text)}`)
    },
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    getOutHelpWidth: () => context.stdout.columns ?? 80,
    getErrHelpWidth: () => context.stderr.columns ?? 80,
  }
}
