import { counted } from '../counted.js'
import { usageError } from '../errors.js'
import { fileChunks } from '../input.js'
import { flags } from '../options.js'
import { Progress } from '../progress.js'
import { parseKeyFields } from '../records/record-key.js'
import { RecordSource } from '../records/record-source.js'
import { formatOfName, RECORD_FORMATS } from '../records/source-record.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[file]', 'the file; "-" or nothing for standard input')
    .option('--key <fields>', 'the fields that make the key, joined by "/"; the record is the value')
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

Examples:
  $ git-prolly import users.ndjson --key id
  $ git-prolly import prices.csv --key country,product --namespace prices
  $ git-prolly import --format json --key id --replace < users.json`,
    )
    .action(async (file = '-', options) => {
      const { context } = session
      const fromInput = file === '-'
      if (fromInput && context.stdin.isTTY) throw usageError('give a file, or pipe the records in')
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

function summary(records: number, keys: number): string {
  const text = `imported ${counted(records, 'record')}`
  return records === keys ? text : `${text} under ${counted(keys, 'key')}`
}
