import { CommandError } from '../errors.js'
import type { Output } from '../output.js'
import type { Progress } from '../progress.js'
import { JsonFrame } from '../records/json-frame.js'
import type { RecordFormat } from '../records/source-record.js'
import { csvLine } from '../records/csv-line.js'
import type { Session } from '../session.js'
import { openDatabase } from './database.js'
import { columnsOf, quotedName } from './schema.js'
import { type Answer, csvRow, jsonRow } from './write-rows.js'

/** Which table is exported, and how. */
export interface TableExport {
  readonly table: string
  readonly format: RecordFormat
  /** The version; `undefined` for what is staged. */
  readonly at: string | undefined
}

/** Writes the rows of a table in the order of its keys, as they are read and at the reader's pace. */
export async function exportTable(
  { table, format, at }: TableExport,
  session: Session,
  progress: Progress,
  into: (write: (output: Output) => Promise<void>) => Promise<void>,
): Promise<void> {
  await using database = await openDatabase(session, at)
  const { queries } = database
  if (columnsOf(queries, table) === undefined) throw new CommandError(`there is no table ${table}`)
  const answer = queries.prepare(`SELECT * FROM ${quotedName(table)}`).open()
  const lines = format === 'csv' ? csvLines(answer) : jsonLines(answer, format)
  await into(async (output) => {
    let count = 0
    output.write(lines.begin)
    for await (const row of answer.rows) {
      output.write(lines.row(row))
      progress.update(++count)
      if (output.isFull) await output.drained()
      session.context.signal.throwIfAborted()
    }
    output.write(lines.end())
  })
}

/** The lines of a file. */
interface Lines {
  readonly begin: string
  row(values: readonly unknown[]): string
  end(): string
}

function csvLines({ names, isMap }: Answer): Lines {
  if (isMap) throw notExportable('it has no columns')
  return {
    begin: `${csvLine(names)}\n`,
    row: (values) => {
      if (values.length === 1 && values[0] === null) throw notExportable('a NULL alone is an empty line')
      return `${csvRow(values)}\n`
    },
    end: () => '',
  }
}

function jsonLines(answer: Answer, format: 'json' | 'ndjson'): Lines {
  const frame = new JsonFrame(format)
  const text = jsonRow(answer)
  return { begin: '', row: (values) => frame.next(text(values)), end: () => frame.end() }
}

function notExportable(reason: string): CommandError {
  return new CommandError(`the table cannot be exported as CSV: ${reason}`, {
    hint: 'NDJSON and JSON hold any table',
  })
}
