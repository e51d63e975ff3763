import { callSite } from '../errors/stack.js'
import { asyncPages } from '../native/async-pages.js'
import { AsyncSequence } from '../native/async-sequence.js'
import type { SyncPagesSource } from '../native/page-source.js'
import { SyncPages } from '../native/sync-pages.js'

/**
 * The entries, keys or values of a range, to be walked over with `for…of` or `for await…of`.
 *
 * Each walk begins when it is asked for its first element, and sees what was there at that moment, whatever is written
 * meanwhile. It lets go of that snapshot at its end, and on `break`, `return` and throw. With `for…of` pages are read
 * when they are needed; with `for await…of` they are read off the event loop and ahead of the consumer, which is the
 * better choice for long walks in a service.
 *
 * @typeParam T - What is walked over.
 *
 * @example
 * ```ts
 * import { VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * store.insertBatch([['a', '1'], ['b', '2'], ['c', '3']])
 * const range = store.entries({ gt: 'a' })
 * assert.deepEqual(range.toArray(), [['b', '2'], ['c', '3']])
 * for await (const [key, value] of range) {
 *   assert.equal(store.get(key), value)
 * }
 * ```
 */
export class RangeIterable<T> implements Iterable<T>, AsyncIterable<T> {
  readonly #pages: SyncPagesSource<T>
  readonly #signal: AbortSignal | undefined

  /** @internal */
  constructor(pages: SyncPagesSource<T>, signal: AbortSignal | undefined) {
    this.#pages = pages
    this.#signal = signal
  }

  /** Walks over it without leaving the thread; not over a storage of your own. */
  [Symbol.iterator](): IterableIterator<T, undefined> & Disposable {
    return new SyncPages(this.#pages)
  }

  /** Walks over it with pages read off the event loop. */
  [Symbol.asyncIterator](): AsyncSequence<T> {
    return new AsyncSequence(asyncPages(this.#pages, callSite(), this.#signal))
  }

  /** All of it, read without leaving the thread; not over a storage of your own. */
  toArray(): T[] {
    return [...this]
  }
}
