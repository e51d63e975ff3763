import { usageError } from '../errors.js'
import { flags, rangeOf } from '../options.js'
import { intoFile } from '../output-file.js'
import { Progress } from '../progress.js'
import { writeEntries } from '../records/write-entries.js'
import { parseKeyFields } from '../records/record-key.js'
import { formatOfName, RECORD_FORMATS, type RecordFormat } from '../records/source-record.js'
import type { Session } from '../session.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[file]', 'the file; "-" or nothing for standard output')
    .option('--key <fields>', 'write the values, which are records with these key fields')
    .option('--table <name>', 'write the rows of a table')
    .addOption(
      command
        .createOption('--format <format>', "if the file's name does not tell it")
        .choices(RECORD_FORMATS),
    )
    .option('--prefix <prefix>', 'only keys that begin with this')
    .option(...flags.at)
    .option(...flags.namespace)
    .option(...flags.hex)
    .option(...flags.base64)
    .addHelpText(
      'after',
      `
The inverse of "git-prolly import" with the same --key and --format: importing the file into an empty store gives
the same root. An entry that would not come back is an error; NDJSON and JSON without --key hold any entry.
Standard output is NDJSON unless --format tells otherwise.

With --table each row is a record, in the order of the table's keys, for "git-prolly import --table".

Examples:
  $ git-prolly export users.ndjson --key id
  $ git-prolly export users.csv --table users
  $ git-prolly export --at v1.0 | gzip > backup.ndjson.gz`,
    )
    .action(async (file = '-', options) => {
      if (options.table !== undefined) {
        await exportRows(options.table, file, options, session)
        return
      }
      const map = await session.readable(options)
      const range = rangeOf(options)
      const shape = {
        format: options.format ?? formatOfName(file) ?? 'ndjson',
        keyFields: options.key === undefined ? undefined : parseKeyFields(options.key),
      }
      const progress = new Progress(session.context, 'exporting', 'records')
      try {
        if (file === '-') await writeEntries(map.entries(range), shape, session.output, progress)
        else
          await intoFile(session.path(file), (output) =>
            writeEntries(map.entries(range), shape, output, progress),
          )
      } finally {
        progress.done()
      }
    })
}

/** The options that say which entries are exported. */
const OF_ENTRIES = ['key', 'prefix', 'namespace', 'hex', 'base64'] as const

/** The options of an export. */
interface Flags extends Partial<Record<(typeof OF_ENTRIES)[number], string | true | undefined>> {
  readonly format?: RecordFormat | undefined
  readonly at?: string | undefined
}

/** Exports a table. */
async function exportRows(table: string, file: string, options: Flags, session: Session): Promise<void> {
  const other = OF_ENTRIES.find((name) => options[name] !== undefined)
  if (other !== undefined) throw usageError(`--table and --${other} exclude each other`)
  const { exportTable } = await import('../sql/export-table.js')
  const format = options.format ?? formatOfName(file) ?? 'ndjson'
  const progress = new Progress(session.context, 'exporting', 'rows')
  try {
    await exportTable({ table, format, at: options.at }, session, progress, (write) =>
      file === '-' ? write(session.output) : intoFile(session.path(file), write),
    )
  } finally {
    progress.done()
  }
}
