import { ProllyError } from '../errors/prolly-error.js'
import type { Transcoder } from '../encoding/transcoder.js'
import { ABSENT, LAST_PAGE, PAGE_HEADER, PAGE_VERSION } from './page.js'

/** Walks the records of one page after another, without copying them. */
export class PageReader {
  /** How many records of the page were not yet read. */
  remaining = 0
  /** Whether no page follows this one. */
  last = false
  #page: Buffer = EMPTY
  readonly #fields: number
  readonly #starts: number[]
  readonly #ends: number[]
  #next = 0

  /** @param fields - How many fields a record has. */
  constructor(fields: number) {
    this.#fields = fields
    this.#starts = Array.from({ length: fields }, () => 0)
    this.#ends = Array.from({ length: fields }, () => -1)
  }

  /** Goes on with `page`, whose bytes must stay as they are while it is read. */
  open(page: Buffer): void {
    if (page[0] !== PAGE_VERSION || page[1] !== this.#fields) {
      throw new ProllyError(
        'PROLLY_INTERNAL',
        `a page of version ${page[0]} with ${page[1]} fields cannot be read`,
      )
    }
    this.#page = page
    this.last = ((page[2] ?? 0) & LAST_PAGE) !== 0
    this.remaining = page.readUInt32LE(4)
    this.#next = PAGE_HEADER
  }

  /** Moves to the next record; false at the end of the page. */
  advance(): boolean {
    if (this.remaining === 0) return false
    this.remaining--
    const page = this.#page
    let start = this.#next + 4 * this.#fields
    for (let field = 0, at = this.#next; field < this.#fields; field++, at += 4) {
      const length = page.readUInt32LE(at)
      this.#starts[field] = start
      if (length === ABSENT) {
        this.#ends[field] = -1
      } else {
        start += length
        this.#ends[field] = start
      }
    }
    this.#next = start
    return true
  }

  /** Whether the field of the present record is there. */
  has(field: number): boolean {
    return (this.#ends[field] ?? -1) >= 0
  }

  /** The decoded field of the present record; `undefined` when it is absent. */
  read(field: number, transcoder: Pick<Transcoder, 'decode'>): unknown {
    const end = this.#ends[field] ?? -1
    return end < 0 ? undefined : transcoder.decode(this.#page, this.#starts[field] ?? 0, end)
  }

  /** The field of the present record, as text that is known to be UTF-8. */
  text(field: number): string {
    return this.#page.toString('utf8', this.#starts[field], this.#ends[field])
  }
}

const EMPTY = Buffer.alloc(0)
