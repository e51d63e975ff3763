import { Buffer } from 'node:buffer'
import { CommandError, detailsOf } from '../errors.js'
import { toText } from '../text.js'
import { Places } from './places.js'
import { readRecords } from './read-records.js'
import { plainEntry, recordEntry, type SourceEntry } from './source-entry.js'
import { placeName, type RecordFormat, type SourceRecord } from './source-record.js'

/** An input file as entries for a store, which remembers where each came from. */
export class RecordSource {
  readonly #name: string
  readonly #format: RecordFormat
  readonly #keyFields: readonly string[] | undefined
  readonly #places = new Places()

  /**
   * @param name What to call the input in messages.
   * @param keyFields The fields that make the key; without them each record spells out its key and value.
   */
  constructor(name: string, format: RecordFormat, keyFields: readonly string[] | undefined) {
    this.#name = name
    this.#format = format
    this.#keyFields = keyFields
  }

  /** How many records were read so far. */
  get count(): number {
    return this.#places.count
  }

  /**
   * The entries, in batches and in the order of the input.
   *
   * @throws CommandError that names the input and the record, at the first one that makes no entry.
   */
  async *batches(chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceEntry[]> {
    try {
      for await (const records of readRecords(chunks, this.#format))
        yield records.map((record) => this.#entry(record))
    } catch (error) {
      throw error instanceof CommandError ? this.#named(error) : error
    }
  }

  /** The error for a key that two records give different values, in place of the store's, which knows no records. */
  explain(error: unknown): unknown {
    const details = detailsOf(error)
    if (typeof details.first !== 'number' || typeof details.second !== 'number') return error
    const first = placeName(this.#format, this.#places.of(details.first))
    const second = placeName(this.#format, this.#places.of(details.second))
    const key = typeof details.key === 'string' ? ` ${toText(Buffer.from(details.key, 'hex'))}` : ''
    return this.#named(
      new CommandError(`${second}: the key${key} came with another value in ${first}`, {
        hint: 'nothing was imported; --on-duplicate last lets the last one win',
        cause: error,
      }),
    )
  }

  #entry(record: SourceRecord): SourceEntry {
    this.#places.add(record.place)
    try {
      return this.#keyFields ? recordEntry(record, this.#keyFields) : plainEntry(record)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      throw prefixed(placeName(this.#format, record.place), error)
    }
  }

  #named(error: CommandError): CommandError {
    return prefixed(this.#name, error)
  }
}

/** The error with what it is about before it. */
export function prefixed(place: string, error: CommandError): CommandError {
  const hint = error.hint ?? 'nothing was imported'
  return new CommandError(`${place}: ${error.message}`, { exitCode: error.exitCode, hint, cause: error })
}
