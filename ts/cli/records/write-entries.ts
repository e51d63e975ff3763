import type { Buffer } from 'node:buffer'
import type { Output } from '../output.js'
import type { Progress } from '../progress.js'
import { CsvRows } from './csv-rows.js'
import { type EntryText, plainText, recordText } from './entry-text.js'
import { JsonFrame } from './json-frame.js'
import type { RecordFormat } from './source-record.js'

/** How entries are written. */
export interface Shape {
  readonly format: RecordFormat
  /** The fields that make the key, when the values are records. */
  readonly keyFields: readonly string[] | undefined
}

/** Writes entries in their order, at the reader's pace. */
export async function writeEntries(
  entries: Iterable<[Buffer, Buffer]>,
  { format, keyFields }: Shape,
  output: Output,
  progress: Progress,
): Promise<void> {
  const text = keyFields && recordText(keyFields)
  const lines = format === 'csv' ? csvLines(entries, text) : jsonLines(entries, text ?? plainText, format)
  let count = 0
  for (const line of lines) {
    output.write(line)
    progress.update(++count)
    if (output.isFull) await output.drained()
  }
}

function* jsonLines(
  entries: Iterable<[Buffer, Buffer]>,
  text: EntryText,
  format: 'ndjson' | 'json',
): Generator<string> {
  const frame = new JsonFrame(format)
  for (const [key, value] of entries) yield frame.next(text(key, value))
  yield frame.end()
}

function* csvLines(entries: Iterable<[Buffer, Buffer]>, text: EntryText | undefined): Generator<string> {
  const rows = new CsvRows(text)
  let first = true
  for (const [key, value] of entries) {
    const row = rows.row(key, value)
    if (first) yield `${rows.header}\n`
    first = false
    yield `${row}\n`
  }
  // Without entries only plain rows have a header.
  if (first && rows.header !== undefined) yield `${rows.header}\n`
}
