import { type Plain, plainBytes, writePlain } from '../encoding/transcoder.js'
import { ABSENT, PAGE_HEADER, PAGE_VERSION } from './page.js'

const FIRST_SIZE = 4 * 1024

/** Packs records into one page that grows as needed. */
export class PageWriter {
  /** How many records the page has. */
  records = 0
  #page = Buffer.allocUnsafeSlow(FIRST_SIZE)
  #end = PAGE_HEADER
  /** Where the length of the field being written goes. */
  #lengthAt = 0
  readonly #fields: number

  /** @param fields - How many fields a record has. */
  constructor(fields: number) {
    this.#fields = fields
  }

  /** Bytes of the page so far. */
  get size(): number {
    return this.#end
  }

  /** Begins a record. As many calls of {@link PageWriter.field} or {@link PageWriter.absent} must follow. */
  begin(): void {
    this.#reserve(4 * this.#fields)
    this.#lengthAt = this.#end
    this.#end += 4 * this.#fields
    this.records++
  }

  /**
   * Writes the next field of the record.
   *
   * @param argument - What the value is called in the message when it is refused. The page cannot be used then.
   */
  field(plain: Plain, argument: string): void {
    let length = writePlain(plain, this.#page, this.#end)
    if (length < 0) {
      const bytes = plainBytes(plain, argument)
      this.#reserve(bytes.length)
      this.#page.set(bytes, this.#end)
      length = bytes.length
    }
    this.#close(length)
    this.#end += length
  }

  /** Leaves the next field of the record out. */
  absent(): void {
    this.#close(ABSENT)
  }

  /** The page. It is good until the next record is begun. */
  finish(): Uint8Array {
    const page = this.#page
    page[0] = PAGE_VERSION
    page[1] = this.#fields
    page[2] = 0
    page[3] = 0
    page.writeUInt32LE(this.records, 4)
    return page.subarray(0, this.#end)
  }

  /** Forgets all records and keeps the memory. */
  clear(): void {
    this.records = 0
    this.#end = PAGE_HEADER
  }

  #close(length: number): void {
    this.#page.writeUInt32LE(length, this.#lengthAt)
    this.#lengthAt += 4
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#page.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#page.length))
    this.#page.copy(larger, 0, 0, this.#end)
    this.#page = larger
  }
}
