/**
 * What is found step by step, off the event loop: walk over it once with `for await…of`, or take all of it at once.
 *
 * It holds a snapshot from the first step on, and lets go of it at its end, on `break`, `return` and throw, and when it
 * is disposed of.
 *
 * @typeParam T - What is walked over.
 *
 * @example
 * ```ts
 * import { VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * store.insertBatch([['a', '1'], ['b', '2']])
 * const changes = await store.diff().toArray()
 * assert.deepEqual(changes.map((change) => change.key), ['a', 'b'])
 * ```
 */
export class AsyncSequence<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #steps: AsyncGenerator<T, undefined, undefined>

  /** @internal */
  constructor(steps: AsyncGenerator<T, undefined, undefined>) {
    this.#steps = steps
  }

  /** The next element. */
  next(): Promise<IteratorResult<T, undefined>> {
    return this.#steps.next()
  }

  /** Ends the walk and lets go of the snapshot. */
  return(): Promise<IteratorResult<T, undefined>> {
    return this.#steps.return(undefined)
  }

  /** Ends the walk with an error. */
  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    return this.#steps.throw(error)
  }

  /** All that is left. */
  async toArray(): Promise<T[]> {
    const all: T[] = []
    for await (const item of this) all.push(item)
    return all
  }

  /** The walk itself. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** Ends the walk and lets go of the snapshot. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
