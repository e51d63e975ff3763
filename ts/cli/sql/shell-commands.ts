import { Buffer } from 'node:buffer'
import { CommandError, usageError } from '../errors.js'
import type { Session } from '../session.js'
import { suggest } from '../suggest.js'
import { toText } from '../text.js'
import type { Database } from './database.js'
import { tableNames, tableText } from './schema.js'

/** What a command of the shell works on. */
export interface ShellContext {
  readonly database: Database
  readonly session: Session
  /** The revision that is read; `undefined` for what is staged. */
  readonly revision: string | undefined
}

interface ShellCommand {
  readonly name: string
  readonly argument: string
  readonly summary: string
  /** @returns Whether the shell ends. */
  run(shell: ShellContext, argument: string | undefined): Promise<boolean> | boolean
}

/** The commands that begin with a full stop and are no SQL. */
export const SHELL_COMMANDS: readonly ShellCommand[] = [
  {
    name: '.branch',
    argument: '[name]',
    summary: 'list the branches, or switch to one',
    run: async ({ session, revision }, name) => {
      const store = await session.store()
      if (name !== undefined) {
        if (revision !== undefined) {
          throw usageError(`this shell reads ${revision}`, 'start one without --at to switch to a branch')
        }
        await store.checkout(name)
        return false
      }
      for (const branch of await store.branches()) {
        const line = `${branch.current ? '*' : ' '} ${branch.name}`
        session.output.line(branch.current ? session.style('green', line) : line)
      }
      return false
    },
  },
  {
    name: '.help',
    argument: '',
    summary: 'show this',
    run: ({ session }) => {
      for (const { name, argument, summary } of SHELL_COMMANDS) {
        session.output.line(`${`${name} ${argument}`.padEnd(18)}${summary}`)
      }
      session.output.line(
        '\nA statement ends with ";" and may take several lines. Ctrl-C drops it, Ctrl-D ends the shell.',
      )
      return false
    },
  },
  { name: '.quit', argument: '', summary: 'end the shell', run: () => true },
  {
    name: '.schema',
    argument: '[table]',
    summary: 'show the statements that make the tables, or one of them',
    run: ({ database: { queries }, session }, table) => {
      for (const name of table === undefined ? tableNames(queries) : [table]) {
        const text = tableText(queries, name)
        if (text === undefined) throw noTable(name, tableNames(queries))
        session.output.line(text)
      }
      return false
    },
  },
  {
    name: '.tables',
    argument: '',
    summary: 'list the tables',
    run: ({ database: { queries }, session }) => {
      for (const name of tableNames(queries)) session.output.line(toText(Buffer.from(name)))
      return false
    },
  },
]

/**
 * Runs a line that begins with a full stop.
 *
 * @returns Whether the shell ends.
 */
export async function runShellCommand(line: string, shell: ShellContext): Promise<boolean> {
  const [name = '', argument, ...more] = line
    .replace(/\s*;\s*$/, '')
    .trim()
    .split(/\s+/)
  const command = SHELL_COMMANDS.find((one) => one.name === name)
  if (command === undefined) {
    const near = suggest(
      name,
      SHELL_COMMANDS.map((one) => one.name),
    )
    throw usageError(`there is no ${name}`, near ? `did you mean "${near}"?` : '".help" lists what there is')
  }
  if (more.length > 0 || (argument !== undefined && command.argument === '')) {
    throw usageError(`too many arguments: ${`${name} ${command.argument}`.trim()}`)
  }
  return command.run(shell, argument)
}

function noTable(name: string, names: readonly string[]): CommandError {
  const near = suggest(name, names)
  return new CommandError(
    `there is no table ${toText(Buffer.from(name))}`,
    near ? { hint: `did you mean "${near}"?` } : {},
  )
}
