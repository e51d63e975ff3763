import type { Transcoder } from '../encoding/transcoder.js'
import { PageReader } from '../packed/page-reader.js'
import { RowReader } from './row-reader.js'
import type { SqlValueOptions } from './values.js'

/** A column of rows. */
export interface SqlColumn {
  /** What it is called. */
  readonly name: string
  /** Its type; `undefined` for what is computed. */
  readonly type: string | undefined
}

/** What rows are: what they are called, and whether each is one map. */
export interface RowShape {
  readonly names: readonly string[]
  readonly isMap: boolean
}

/** Makes a row of the bytes from one place to another. */
export type RowDecoder = Transcoder['decode']

/** Makes rows of bytes: objects, or arrays where `raw`. */
export function rowDecoder(shape: RowShape, options: SqlValueOptions, raw: boolean): RowDecoder {
  const reader = new RowReader(options)
  const { names, isMap } = shape
  if (isMap) {
    return (bytes, start) => {
      reader.open(bytes, start)
      const map = reader.value()
      return raw ? [map] : map
    }
  }
  if (raw) {
    return (bytes, start) => {
      reader.open(bytes, start)
      const row = Array.from<unknown>({ length: names.length })
      for (let place = 0; place < names.length; place++) row[place] = reader.value()
      return row
    }
  }
  if (names.includes('__proto__')) {
    return (bytes, start) => {
      reader.open(bytes, start)
      return Object.fromEntries(names.map((name) => [name, reader.value()]))
    }
  }
  return (bytes, start) => {
    reader.open(bytes, start)
    const row: Record<string, unknown> = {}
    for (const name of names) row[name] = reader.value()
    return row
  }
}

/** The rows of a page. */
export function rowsOf(page: Uint8Array, decode: RowDecoder): unknown[] {
  const reader = new PageReader(1)
  reader.open(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
  const rows: unknown[] = []
  while (reader.advance()) rows.push(reader.read(0, { decode }))
  return rows
}
