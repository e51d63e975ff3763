import { Buffer, isUtf8 } from 'node:buffer'
import { CommandError } from '../errors.js'
import { ArraySplitter } from './array-splitter.js'
import { compactJson } from './compact-json.js'
import { asFields, JsonRecord } from './json-record.js'
import { LineSplitter, type Piece } from './line-splitter.js'
import { placeName, type SourceRecord } from './source-record.js'

type Chunks = AsyncIterable<Buffer>

/** The records of NDJSON: one JSON object a line. A batch is what one chunk of input completes. */
export async function* readNdjson(chunks: Chunks): AsyncGenerator<SourceRecord[]> {
  const splitter = new LineSplitter()
  for await (const chunk of withoutMark(chunks)) yield parseAll(splitter.push(chunk), 'ndjson')
  yield parseAll(splitter.end(), 'ndjson')
}

/** The records of a JSON array of objects. A batch is what one chunk of input completes. */
export async function* readJsonArray(chunks: Chunks): AsyncGenerator<SourceRecord[]> {
  const splitter = new ArraySplitter()
  for await (const chunk of withoutMark(chunks)) yield parseAll(splitter.push(chunk), 'json')
  splitter.end()
}

/** The input without a byte order mark at its beginning. */
async function* withoutMark(chunks: Chunks): AsyncGenerator<Buffer> {
  let first = true
  for await (const chunk of chunks) {
    const marked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf
    first = false
    yield marked ? chunk.subarray(3) : chunk
  }
}

function parseAll(pieces: Iterable<Piece>, format: 'ndjson' | 'json'): SourceRecord[] {
  return Array.from(pieces, (piece) => parse(piece, format))
}

function parse({ bytes, place }: Piece, format: 'ndjson' | 'json'): SourceRecord {
  if (!isUtf8(bytes)) throw new CommandError(`${placeName(format, place)}: not valid UTF-8`)
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const detail = cause instanceof Error ? `: ${cause.message}` : ''
    throw new CommandError(`${placeName(format, place)}: not valid JSON${detail}`, { cause })
  }
  const fields = asFields(value)
  if (fields === undefined) throw new CommandError(`${placeName(format, place)}: not a JSON object`)
  const compact = compactJson(text)
  return new JsonRecord(compact === text ? bytes : Buffer.from(compact), place, fields)
}
