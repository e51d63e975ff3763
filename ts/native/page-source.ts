import type { PageReader } from '../packed/page-reader.js'

/** A native cursor: it holds a snapshot until it is closed, and gives what it walks over in pages. */
export interface PageSource {
  /**
   * Writes the next page into `target`, without leaving the thread.
   *
   * @returns The bytes of the page, or less than 0 when not even one record fits: so many bytes are needed, negated.
   */
  fill(target: Uint8Array, maxRecords: number): number
  /** The next page, made off the event loop. It ends once it has `maxRecords` records or `maxBytes` bytes. */
  fillAsync(maxRecords: number, maxBytes: number): Promise<Uint8Array>
  /** Lets go of the snapshot. */
  close(): void
}

/** What an iteration needs to know. */
export interface Pages<T, S = PageSource | Promise<PageSource>> {
  /** How many fields a record has. */
  readonly fields: number
  /** At most so many records are read. */
  readonly limit: number
  /** Begins to walk, off the event loop where that may take long. */
  open(): S
  /** The present record of the reader as the user sees it. */
  decode(reader: PageReader): T
  /** Throws when what is iterated over was closed. */
  check(): void
}

/** What an iteration that does not leave the thread needs to know too. */
export interface SyncPagesSource<T> extends Pages<T, PageSource> {
  /** Throws as `check`, and when it cannot be walked over without leaving the thread. */
  checkNow(): void
}

/** The records asked for at first: most callers that stop early want one. */
const FIRST_RECORDS = 1
const GROWTH = 16
const MOST_RECORDS = 256

/** How many records to ask for after a page for which `records` were asked. */
export function nextRecords(records: number): number {
  return records === 0 ? FIRST_RECORDS : Math.min(MOST_RECORDS, records * GROWTH)
}
