import type { MergeConflict, NamespaceConflict } from '../store/merge-conflict.js'
import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * A merge met conflicts, and was given no strategy or resolver to settle them. Nothing was changed.
 *
 * @example
 * ```ts
 * import { MergeConflictError, VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * const author = { name: 'Ada', email: 'ada@example.org' }
 * store.insert('color', 'red')
 * await store.commit('Begin', { author })
 * await store.checkout('HEAD', { create: 'feature' })
 * store.insert('color', 'blue')
 * await store.commit('Blue', { author })
 * await store.checkout('main')
 * store.insert('color', 'green')
 * await store.commit('Green', { author })
 * try {
 *   await store.merge('feature')
 * } catch (error) {
 *   if (!(error instanceof MergeConflictError)) throw error
 *   assert.deepEqual(error.conflicts, [{ key: 'color', base: 'red', destination: 'green', source: 'blue' }])
 * }
 * ```
 */
export class MergeConflictError extends ProllyError {
  /** The conflicts about keys, in key order: the first thousand. */
  readonly conflicts: readonly MergeConflict<unknown, unknown>[]
  /** Whether there are more than {@link MergeConflictError.conflicts} holds. */
  readonly more: boolean
  /** The conflicts about whole namespaces. While there are any, keys are not looked at. */
  readonly namespaces: readonly NamespaceConflict[]

  /**
   * @param message - What happened, and what to do next.
   * @param conflicts - The conflicts about keys.
   * @param more - Whether there are more.
   * @param options - The error below this one, and details with the conflicts about namespaces.
   */
  constructor(
    message: string,
    conflicts: readonly MergeConflict<unknown, unknown>[],
    more: boolean,
    options?: ProllyErrorOptions,
  ) {
    super('PROLLY_MERGE_CONFLICT', message, options)
    this.conflicts = conflicts
    this.more = more
    this.namespaces = (this.details.namespaces as NamespaceConflict[] | undefined) ?? []
  }
}
