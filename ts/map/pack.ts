import type { Transcoder } from '../encoding/transcoder.js'
import { InvalidArgumentError } from '../errors/invalid-argument-error.js'
import { invalid } from '../options/check.js'
import { PageReader } from '../packed/page-reader.js'
import { PageWriter } from '../packed/page-writer.js'
import type { Transcoders } from './map-handle.js'

/** A page is handed on once it has so many bytes. */
const PAGE_BYTES = 256 * 1024

/** Packs one key into a page. */
export function packKey(key: unknown, transcoder: Transcoder): Uint8Array {
  const page = new PageWriter(1)
  const plain = transcoder.plain(key, 'key')
  page.begin()
  page.field(plain, 'key')
  return page.finish()
}

/** Packs keys into one page. */
export function packKeys(keys: Iterable<unknown>, transcoder: Transcoder): Uint8Array {
  const page = new PageWriter(1)
  let index = 0
  for (const key of iterable('keys', keys)) {
    naming('keys', index++, () => {
      page.begin()
      page.field(transcoder.plain(key, 'key'), 'key')
    })
  }
  return page.finish()
}

/** The decoded values of a page; `undefined` for each that is absent. */
export function unpackValues(page: Uint8Array, transcoder: Transcoder): unknown[] {
  const reader = new PageReader(1)
  reader.open(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
  const values: unknown[] = []
  while (reader.advance()) values.push(reader.read(0, transcoder))
  return values
}

/** Packs entries into pages of bounded size, each of which must be used before the next is asked for. */
export class EntryPacker {
  readonly #page = new PageWriter(2)
  readonly #transcoders: Transcoders
  #index = 0

  constructor(transcoders: Transcoders) {
    this.#transcoders = transcoders
  }

  /** Packs one entry. Returns the page when it is full. */
  add(entry: unknown): Uint8Array | undefined {
    const page = this.#page
    if (page.size >= PAGE_BYTES) page.clear()
    naming('entries', this.#index++, () => {
      if (!Array.isArray(entry) || entry.length !== 2)
        throw invalid('entry', 'a pair of key and value', entry)
      const key = this.#transcoders.keys.plain(entry[0], 'key')
      const value = this.#transcoders.values.plain(entry[1], 'value')
      page.begin()
      page.field(key, 'key')
      page.field(value, 'value')
    })
    return page.size >= PAGE_BYTES ? page.finish() : undefined
  }

  /** The last page; `undefined` when it would be empty. */
  end(): Uint8Array | undefined {
    return this.#page.size >= PAGE_BYTES || this.#page.records === 0 ? undefined : this.#page.finish()
  }
}

/** Refuses what cannot be walked over with `for…of`. */
export function iterable(argument: string, value: unknown): Iterable<unknown> {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value)
    return value as Iterable<unknown>
  throw invalid(argument, 'an iterable', value)
}

/** Says which element of a list was refused. */
function naming(list: string, index: number, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    const argument = `${list}[${index}]`
    throw new InvalidArgumentError(`${argument}: ${error.message}`, { details: { argument } })
  }
}
