import { type Buffer, isUtf8 } from 'node:buffer'
import { CommandError, usageError } from '../errors.js'
import { readAll, readValue } from '../input.js'
import type { Session } from '../session.js'
import { openDatabase } from '../sql/database.js'
import { Parameters, textArgument } from '../sql/parameters.js'
import { Runner } from '../sql/runner.js'
import { checkEnded, runScript, type Script } from '../sql/script.js'
import { ROW_FORMATS } from '../sql/write-rows.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[query]', 'the statements, separated by ";"; without any, standard input')
    .argument('[values...]', 'the values of ? or $1, $2 in them')
    .option('-f, --file <path>', 'read the statements from a file, "-" for standard input')
    .option('-b, --at <revision>', 'read this version, and refuse to write')
    .option('--param <name=value>', 'the value of :name; may be given again', append)
    .addOption(
      command
        .createOption('--format <format>', 'print a table, CSV with a header, or one JSON object a line')
        .choices(ROW_FORMATS)
        .default('table' as const),
    )
    .option('-i, --interactive', 'read statements as they are typed, after those that are given')
    .option('-q, --quiet', 'do not say how many rows were changed')
    .addHelpText(
      'after',
      `
Runs statements one after the other and stops at the first that fails; those before it stay, unless they are in a
transaction that was not ended. What they write is staged. Standard input on a terminal is a shell: ".help" says what
else it can do.

A value is NULL, TRUE, FALSE, a number, a text in single quotes or bytes as X'00ff', as in SQL; anything else is a text
as it stands. Values that begin with "-" stand behind "--".

Examples:
  $ git-prolly sql "CREATE TABLE users (id INT PRIMARY KEY, name TEXT)"
  $ git-prolly sql "INSERT INTO users VALUES (?, ?)" 1 Ada
  $ git-prolly sql "SELECT * FROM users WHERE name = :name" --param name=Ada --format json
  $ git-prolly sql --at v1.0 --format csv "SELECT * FROM users" > users.csv
  $ git-prolly sql --file schema.sql`,
    )
    .action(async (query, values, options) => {
      const { file, at: revision, format, quiet = false } = options
      if (query !== undefined && file !== undefined) throw usageError('give either statements or --file')
      const parameters = new Parameters(values, options.param ?? [])
      const interactive =
        options.interactive ??
        (query === undefined && file === undefined && session.context.stdin.isTTY === true)
      const script = await given(query, file, interactive, session)
      await using database = await openDatabase(session, revision)
      const runner = new Runner(database, session, { format, quiet, interactive })
      if (script) await runScript(script, parameters, runner)
      if (interactive) {
        const { Shell } = await import('../sql/shell.js')
        await new Shell(session, runner, parameters, revision).run()
      } else checkEnded(runner)
    })
}

/** The statements that are given; `undefined` when they are to be typed. */
async function given(
  query: string | undefined,
  file: string | undefined,
  interactive: boolean,
  session: Session,
): Promise<Script | undefined> {
  if (query !== undefined) return { text: textArgument(query), name: '' }
  if (file === undefined && interactive) return undefined
  if (file === '-' && interactive)
    throw usageError('--interactive reads from standard input what --file - does')
  const fromInput = file === undefined || file === '-'
  const name = fromInput ? 'standard input' : file
  const bytes = fromInput ? await readAll(session.context.stdin) : await readValue(file, session)
  return { text: textOf(bytes, name), name }
}

function textOf(bytes: Buffer, name: string): string {
  if (!isUtf8(bytes)) throw new CommandError(`${name}: not valid UTF-8`)
  const text = bytes.toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

function append(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}
