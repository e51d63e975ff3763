import { counted } from '../counted.js'
import { usageError } from '../errors.js'
import { fileChunks } from '../input.js'
import { flags } from '../options.js'
import { Progress } from '../progress.js'
import { parseKeyFields } from '../records/record-key.js'
import { RecordSource } from '../records/record-source.js'
import { formatOfName, RECORD_FORMATS, type RecordFormat } from '../records/source-record.js'
import type { Session } from '../session.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[file]', 'the file; "-" or nothing for standard input')
    .option('--key <fields>', 'the fields that make the key, joined by "/"; the record is the value')
    .option('--table <name>', 'make the records rows of a table; --key is its primary key')
    .option('--types <types>', 'column=TYPE[,column=TYPE…] of a new table, where they are not to be inferred')
    .addOption(
      command
        .createOption('--format <format>', "if the file's name does not tell it")
        .choices(RECORD_FORMATS),
    )
    .addOption(
      command
        .createOption('--on-duplicate <what>', 'for a key that comes again with another value')
        .choices(['error', 'last'] as const)
        .default('error' as const),
    )
    .option('--replace', 'delete every key that the input does not have')
    .option(...flags.namespace)
    .option('-q, --quiet', 'do not say how many records were imported')
    .addHelpText(
      'after',
      `
With --key a record is the value, as compact JSON. Without, a record is {"key": …, "value": …}, each a string
or {"base64": …}, as "git-prolly export" writes it. A record without its key, or a key that comes again with
another value, is an error that names the record, and nothing is imported. Standard input is NDJSON unless
--format tells otherwise.

With --table fields go to the columns of their name. A table that is not there is made, with the types that all its
records allow; the input is then read twice.

Examples:
  $ git-prolly import users.ndjson --key id
  $ git-prolly import users.csv --table users --key id --types zip=TEXT
  $ git-prolly import prices.csv --key country,product --namespace prices
  $ git-prolly import --format json --key id --replace < users.json`,
    )
    .action(async (file = '-', options) => {
      const { context } = session
      const fromInput = file === '-'
      if (fromInput && context.stdin.isTTY) throw usageError('give a file, or pipe the records in')
      if (options.table !== undefined) {
        await importRows(options.table, fromInput ? undefined : file, options, session)
        return
      }
      if (options.types !== undefined) throw usageError('--types is of the columns of a --table')
      const keyFields = options.key === undefined ? undefined : parseKeyFields(options.key)
      const format = options.format ?? formatOfName(file) ?? 'ndjson'
      const source = new RecordSource(fromInput ? 'standard input' : file, format, keyFields)
      const chunks = fromInput ? context.stdin : fileChunks(file, session)
      const map = await session.writable(options.namespace)
      const progress = new Progress(context, 'importing', 'records', options.quiet)
      const entries = async function* () {
        for await (const batch of source.batches(chunks)) {
          for (const entry of batch) yield entry
          progress.update(source.count)
        }
      }
      try {
        const { keys } = await map.load(entries(), {
          onDuplicate: options.onDuplicate,
          replace: options.replace ?? false,
          signal: context.signal,
        })
        progress.done()
        if (!options.quiet) session.notify(summary(source.count, keys))
      } catch (error) {
        throw source.explain(error)
      } finally {
        progress.done()
      }
    })
}

/** The options of an import. */
interface Flags {
  readonly key?: string | undefined
  readonly types?: string | undefined
  readonly format?: RecordFormat | undefined
  readonly namespace?: string | undefined
  readonly onDuplicate: 'error' | 'last'
  readonly replace?: true | undefined
  readonly quiet?: true | undefined
}

/** Imports into a table. */
async function importRows(
  table: string,
  file: string | undefined,
  options: Flags,
  session: Session,
): Promise<void> {
  const { importTable, parseTypes } = await import('../sql/import-table.js')
  const { key, types = '', quiet, replace = false } = options
  if (options.namespace !== undefined) throw usageError('--table and --namespace exclude each other')
  if (options.onDuplicate === 'last') {
    throw usageError('--table takes no key twice', 'leave out --on-duplicate last')
  }
  const format = options.format ?? formatOfName(file ?? '') ?? 'ndjson'
  const request = { table, file, format, types: parseTypes(types), key, replace }
  const progress = new Progress(session.context, 'importing', 'records', quiet)
  try {
    const count = await importTable(request, session, progress)
    progress.done()
    if (!quiet) session.notify(`imported ${counted(count, 'record')}`)
  } finally {
    progress.done()
  }
}

function summary(records: number, keys: number): string {
  const text = `imported ${counted(records, 'record')}`
  return records === keys ? text : `${text} under ${counted(keys, 'key')}`
}
