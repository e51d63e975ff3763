import type { Buffer } from 'node:buffer'

/** The file formats that `import` reads and `export` writes. */
export const RECORD_FORMATS = ['ndjson', 'json', 'csv'] as const
export type RecordFormat = (typeof RECORD_FORMATS)[number]

/** One record of an input. */
export interface SourceRecord {
  /** The record as compact JSON. */
  readonly bytes: Buffer
  /** Where it is in the input: the line of NDJSON and CSV, the position (from 1) in a JSON array. */
  readonly place: number
  /** How many fields it has. */
  readonly size: number
  /** What its fields are called. */
  readonly names: readonly string[]
  /** A field's value, or undefined when the record lacks it. */
  field(name: string): unknown
  /** A field's value as it is spelled in the JSON of the record, with all its digits. */
  spelled(name: string): string | undefined
}

/** What a record's `place` counts, for messages: "line 7", "record 7". */
export function placeName(format: RecordFormat, place: number): string {
  return `${format === 'json' ? 'record' : 'line'} ${place}`
}

/** The format a file's name tells, or undefined. */
export function formatOfName(name: string): RecordFormat | undefined {
  if (/\.(ndjson|jsonl|jsonlines)$/i.test(name)) return 'ndjson'
  if (/\.json$/i.test(name)) return 'json'
  return /\.csv$/i.test(name) ? 'csv' : undefined
}
