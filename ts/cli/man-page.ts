import type { Command, CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { COMMANDS, configureCommand } from './commands/index.js'
import type { Context } from './context.js'
import { EXIT_CODES, buildProgram } from './program.js'
import { Session } from './session.js'

/**
 * The manual page `git-prolly(1)`, in the roff of man(7), made from what `--help` is made from.
 *
 * "git prolly --help" shows it, because Git answers that itself.
 */
export async function manPage(context: Context): Promise<string> {
  const session = new Session(context)
  const program = buildProgram(session) as unknown as Command
  const parts = [
    '.\\" Made by "npm run docs:man" from the command itself.',
    '.TH GIT-PROLLY 1 "" "prollytree" "Git Manual"',
    '.SH NAME',
    'git\\-prolly \\- a versioned key-value store with Git as the commit graph',
    '.SH SYNOPSIS',
    `.B git\\-prolly\n${roff(program.usage())}`,
    '.SH DESCRIPTION',
    paragraphs(program.description()),
    '.SH OPTIONS',
    ...program.options.map(option),
    '.SH COMMANDS',
  ]
  for (const { name } of COMMANDS) {
    const command = program.commands.find((candidate) => candidate.name() === name)
    if (command === undefined) continue
    await configureCommand(command, session)
    parts.push(...section(command))
  }
  parts.push('.SH EXIT STATUS')
  for (const [code, meaning] of EXIT_CODES) parts.push('.TP', `.B ${code}`, roff(meaning))
  parts.push('.SH ENVIRONMENT')
  for (const [name, meaning] of ENVIRONMENT) parts.push('.TP', `.B ${name}`, roff(meaning))
  parts.push('.SH SEE ALSO', '.BR git (1)')
  return `${parts.join('\n')}\n`
}

const ENVIRONMENT = [
  ['GIT_DIR', 'the store, instead of looking for it upwards'],
  ['GIT_PAGER, PAGER', 'the pager; "cat" or nothing for none'],
  ['GIT_EDITOR, VISUAL, EDITOR', 'the editor for messages'],
  ['GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL', 'who makes commits'],
  ['NO_COLOR', 'no colours'],
  [
    'PROLLY_SQL_HISTORY',
    'the file with the lines typed into "git-prolly sql", else git-prolly/sql-history in XDG_STATE_HOME or ~/.local/state; "" for none',
  ],
  ['PROLLY_DEBUG', 'print the stack of an error'],
] as const

function section(command: CommandUnknownOpts): string[] {
  const helper = command.createHelp()
  return [
    `.SS ${roff(`${command.name()} ${command.usage()}`)}`,
    paragraphs(`${capital(command.description())}.`),
    ...command.registeredArguments.map((argument) =>
      entry(helper.argumentTerm(argument), helper.argumentDescription(argument)),
    ),
    ...command.options.map(option),
    paragraphs(notes(command)),
  ].filter((part) => part !== '')
}

/** The text after the options in a command's help. */
function notes(command: CommandUnknownOpts): string {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
  return help.slice(command.helpInformation().length).trim()
}

function option(one: Option): string {
  return entry(one.flags, one.description + defaultOf(one))
}

function defaultOf({ defaultValue, negate, argChoices }: Option): string {
  const parts: string[] = []
  if (argChoices) parts.push(`choices: ${argChoices.join(', ')}`)
  if (typeof defaultValue === 'string' && !negate) parts.push(`default: ${defaultValue}`)
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}

function entry(term: string, description: string): string {
  return `.TP\n.B ${roff(term)}\n${roff(description)}`
}

/** Text as paragraphs; lines that begin with two spaces stay as they are. */
function paragraphs(text: string): string {
  if (text === '') return ''
  return text
    .split(/\n\n+/)
    .map((paragraph) =>
      /^ {2}/m.test(paragraph) ? `.PP\n.nf\n${roff(paragraph)}\n.fi` : `.PP\n${roff(paragraph)}`,
    )
    .join('\n')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Text that troff prints as it is. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '\\[u2026]')
    .replaceAll(/^([.'])/gm, '\\&$1')
}
