import { fromNative } from '../errors/from-native.js'
import { PageReader } from '../packed/page-reader.js'
import { nextRecords, type PageSource, type SyncPagesSource } from './page-source.js'

const FIRST_BYTES = 4 * 1024
const MOST_BYTES = 64 * 1024

/**
 * Walks over pages without leaving the thread.
 *
 * The source is closed at the end, by `return` (which `for…of` calls on `break` and throw), or when the iterator is
 * disposed of.
 */
export class SyncPages<T> implements IterableIterator<T, undefined>, Disposable {
  readonly #pages: SyncPagesSource<T>
  readonly #reader: PageReader
  #source: PageSource | undefined
  #memory: Buffer
  #asked = 0
  #left: number

  constructor(pages: SyncPagesSource<T>) {
    this.#pages = pages
    this.#reader = new PageReader(pages.fields)
    this.#left = pages.limit
    this.#memory = EMPTY
    pages.checkNow()
    try {
      this.#source = pages.open()
    } catch (error) {
      throw fromNative(error)
    }
  }

  next(): IteratorResult<T, undefined> {
    if (this.#source === undefined) return { done: true, value: undefined }
    try {
      this.#pages.check()
      if (this.#left > 0 && (this.#reader.advance() || this.#fetch())) {
        this.#left--
        return { done: false, value: this.#pages.decode(this.#reader) }
      }
    } catch (error) {
      this.return()
      throw error
    }
    return this.return()
  }

  return(): IteratorReturnResult<undefined> {
    this.#source?.close()
    this.#source = undefined
    this.#memory = EMPTY
    return { done: true, value: undefined }
  }

  throw(error: unknown): never {
    this.return()
    throw error
  }

  [Symbol.iterator](): this {
    return this
  }

  [Symbol.dispose](): void {
    this.return()
  }

  /** Reads the next page and moves to its first record; false when there is none. */
  #fetch(): boolean {
    if (this.#reader.last) return false
    this.#asked = Math.min(nextRecords(this.#asked), this.#left)
    if (this.#memory.length < MOST_BYTES) {
      this.#memory = Buffer.allocUnsafeSlow(this.#asked > 16 ? MOST_BYTES : FIRST_BYTES)
    }
    let size = this.#fill()
    if (size < 0) {
      this.#memory = Buffer.allocUnsafeSlow(-size)
      size = this.#fill()
    }
    this.#reader.open(this.#memory.subarray(0, size))
    return this.#reader.advance()
  }

  #fill(): number {
    try {
      return this.#source?.fill(this.#memory, this.#asked) ?? 0
    } catch (error) {
      throw fromNative(error)
    }
  }
}

const EMPTY = Buffer.alloc(0)
