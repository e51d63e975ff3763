import { Buffer } from 'node:buffer'
import { pipeline, Readable } from 'node:stream'
import { CommandError } from '../errors.js'
import type { SourceRecord } from './source-record.js'

const BATCH_RECORDS = 1000

/** What csv-parse hands over with `info`. */
interface Row {
  record: string[]
  info: { lines: number }
  /** Its line, with what ends it. */
  raw?: string
}

/** How CSV is read. */
export interface CsvOptions {
  /** Whether an empty field that is not in quotes is `null`. */
  readonly nulls?: boolean
  /** Is told the names of the columns, also where there are no records. */
  readonly onHeader?: (names: readonly string[]) => void
}

/**
 * The records of a CSV file with a header line; every field is a string, and the record is an object of them.
 *
 * Quoted fields may hold commas, quotes and line breaks. A line with more or fewer fields than the header is an error, an empty file has no records.
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  { nulls = false, onHeader }: CsvOptions = {},
): AsyncGenerator<SourceRecord[]> {
  const { parse } = await import('csv-parse')
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: false,
    // Whether a field was in quotes, only its line tells. (So does "cast", which takes three times as long for every field.)
    raw: nulls,
  })
  // A fault of the input ends the parser with that fault, which the loop below meets.
  pipeline(Readable.from(validUtf8(chunks), { objectMode: false }), parser, () => undefined)
  let header: Header | undefined
  let batch: SourceRecord[] = []
  try {
    for await (const row of parser as AsyncIterable<Row>) {
      if (header === undefined) {
        header = new Header(row.record)
        onHeader?.(header.names)
      } else batch.push(new CsvRecord(header, withNulls(row), row.info.lines))
      if (batch.length < BATCH_RECORDS) continue
      yield batch
      batch = []
    }
  } catch (error) {
    throw error instanceof CommandError ? error : csvError(error)
  }
  yield batch
}

/** The fields of a row, with `null` for those that are empty and not in quotes, where that is asked for. */
function withNulls({ record, raw }: Row): (string | null)[] {
  if (raw === undefined || !record.includes('')) return record
  const fields: (string | null)[] = [...record]
  // An empty line before it is no part of it.
  let at = raw.search(/[^\r\n]/)
  for (const [place, field] of record.entries()) {
    const isQuoted = raw[at] === '"'
    if (field === '' && !isQuoted) fields[place] = null
    QUOTED.lastIndex = at
    if (isQuoted && QUOTED.test(raw)) at = QUOTED.lastIndex
    at = raw.indexOf(',', at) + 1
  }
  return fields
}

const QUOTED = /"(?:[^"]|"")*"/y

function csvError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('CSV_')) return error
  const line = 'lines' in error ? `line ${String(error.lines)}: ` : ''
  return new CommandError(`${line}not valid CSV: ${error.message}`, { cause: error })
}

/** Passes chunks on, and stops at the first that is not UTF-8. */
async function* validUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of chunks) {
      decoder.decode(chunk, { stream: true })
      yield chunk
    }
    decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError('the input is not valid UTF-8', { cause: error })
    throw error
  }
}

class Header {
  readonly #positions = new Map<string, number>()
  /** Each name as JSON with its colon, ready to be joined with values. */
  readonly labels: readonly string[]
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    for (const [position, name] of names.entries()) {
      if (name === '') throw new CommandError(`line 1: column ${position + 1} of the header has no name`)
      if (this.#positions.has(name)) throw new CommandError(`line 1: the header names "${name}" twice`)
      this.#positions.set(name, position)
    }
    this.names = names
    this.labels = names.map((name) => `${JSON.stringify(name)}:`)
  }

  position(name: string): number | undefined {
    return this.#positions.get(name)
  }
}

class CsvRecord implements SourceRecord {
  readonly place: number
  readonly #header: Header
  readonly #fields: readonly (string | null)[]

  constructor(header: Header, fields: readonly (string | null)[], place: number) {
    this.#header = header
    this.#fields = fields
    this.place = place
  }

  get bytes(): Buffer {
    const fields = this.#fields.map((field, index) => `${this.#header.labels[index]}${JSON.stringify(field)}`)
    return Buffer.from(`{${fields.join(',')}}`)
  }

  get size(): number {
    return this.#fields.length
  }

  get names(): readonly string[] {
    return this.#header.names
  }

  field(name: string): unknown {
    const position = this.#header.position(name)
    return position === undefined ? undefined : this.#fields[position]
  }

  spelled(name: string): string | undefined {
    const field = this.field(name)
    return field === undefined ? undefined : JSON.stringify(field)
  }
}
