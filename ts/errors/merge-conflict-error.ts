import {
  isRow,
  type MergeConflict,
  type NamespaceConflict,
  type RowConflict,
} from '../store/merge-conflict.js'
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
  /** The conflicts about keys, in key order: the first thousand of these and {@link MergeConflictError.rows} together. */
  readonly conflicts: readonly MergeConflict<unknown, unknown>[]
  /** The conflicts about rows of tables. */
  readonly rows: readonly RowConflict[]
  /** Whether there are more than both hold. */
  readonly more: boolean
  /** The conflicts about whole namespaces and tables. While there are any, keys are not looked at. */
  readonly namespaces: readonly NamespaceConflict[]

  /**
   * @param message - What happened, and what to do next.
   * @param conflicts - The conflicts about keys and rows.
   * @param more - Whether there are more.
   * @param options - The error below this one, and details with the conflicts about namespaces.
   */
  constructor(
    message: string,
    conflicts: readonly (MergeConflict<unknown, unknown> | RowConflict)[],
    more: boolean,
    options?: ProllyErrorOptions,
  ) {
    super('PROLLY_MERGE_CONFLICT', message, options)
    this.rows = conflicts.filter((conflict) => isRow(conflict))
    this.conflicts = conflicts.filter((conflict) => !isRow(conflict))
    this.more = more
    this.namespaces = (this.details.namespaces as NamespaceConflict[] | undefined) ?? []
  }
}
