import type { Buffer } from 'node:buffer'
import { type CsvOptions, readCsv } from './csv-records.js'
import { readJsonArray, readNdjson } from './json-records.js'
import type { RecordFormat, SourceRecord } from './source-record.js'

/** The records of an input, in batches as they arrive. Memory is bounded by the chunks and the longest record. */
export function readRecords(
  chunks: AsyncIterable<Buffer>,
  format: RecordFormat,
  csv: CsvOptions = {},
): AsyncGenerator<SourceRecord[]> {
  switch (format) {
    case 'ndjson':
      return readNdjson(chunks)
    case 'json':
      return readJsonArray(chunks)
    case 'csv':
      return readCsv(chunks, csv)
  }
}
