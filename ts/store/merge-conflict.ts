/**
 * In a resolver: the key goes.
 *
 * @example
 * ```ts
 * import { DELETE, type MergeConflict } from 'prollytree'
 *
 * const resolve = ({ source, destination }: MergeConflict<string, string>) =>
 *   source === undefined || destination === undefined ? DELETE : source
 * assert.equal(resolve({ key: 'a', source: '1' }), DELETE)
 * ```
 */
export const DELETE: unique symbol = Symbol('prollytree.delete')

/** As the answer to a conflict: the source's side, its value or that the key goes. */
export const TAKE_SOURCE: unique symbol = Symbol('prollytree.takeSource')

/** As the answer to a conflict: the side of the destination, the current branch; its value or that the key goes. */
export const TAKE_DESTINATION: unique symbol = Symbol('prollytree.takeDestination')

/**
 * A key that both sides of a merge changed, differently.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export interface MergeConflict<K, V> {
  /** The namespace; left out for the default one. */
  readonly namespace?: string
  /** The key. */
  readonly key: K
  /** The value that both sides began with; left out when they added the key. */
  readonly base?: V
  /** The value on the side merged into, the current branch; left out when it deleted the key. */
  readonly destination?: V
  /** The value on the side merged in; left out when it deleted the key. */
  readonly source?: V
}

/**
 * A row of a table that both sides of a merge changed so that its columns cannot be joined: both changed one, one side removed the row,
 * or both added it. Its values are in `prolly_conflicts_<table>` once the merge is left to be settled (`suspend`).
 */
export interface RowConflict {
  /** The table. */
  readonly table: string
  /** The row's key, as text. */
  readonly key: string
}

/**
 * Whether a conflict is about a row of a table.
 *
 * @internal
 */
export function isRow(conflict: object): conflict is RowConflict {
  return 'table' in conflict
}

/** What becomes of a conflict's key: a value, {@link DELETE}, {@link TAKE_SOURCE} or {@link TAKE_DESTINATION}. */
export type ConflictResolution<V> = V | typeof DELETE | typeof TAKE_SOURCE | typeof TAKE_DESTINATION

/**
 * Settles conflicts, one at a time and in key order. What it throws aborts the merge, which then changes nothing, and
 * is thrown on as it is.
 */
export type ConflictResolver<K, V> = (
  conflict: MergeConflict<K, V>,
) => ConflictResolution<V> | Promise<ConflictResolution<V>>

/** Decides a {@link RowConflict}. What it throws aborts the merge. */
export type RowResolver = (conflict: RowConflict) => RowResolution | Promise<RowResolution>

/** What becomes of a row in conflict: a side of it, or that it goes. */
export type RowResolution = typeof DELETE | typeof TAKE_SOURCE | typeof TAKE_DESTINATION

/** A namespace or table that both sides of a merge changed so that they cannot be joined. Only a strategy settles it. */
export interface NamespaceConflict {
  /** Which of both it is. */
  readonly kind: 'namespace' | 'table' | 'index' | 'function'
  /** Its name. */
  readonly namespace: string
  /**
   * Both renamed it, both gave its name to another one, one side dropped it and the other changed it, or both changed what a table is made
   * of, in ways that contradict each other.
   */
  readonly reason: 'two-names' | 'one-name' | 'schemas' | 'dropped-by-destination' | 'dropped-by-source'
  /** Its name on the current branch, when both renamed it. */
  readonly destination?: string
  /** Its name on the branch merged in, when both renamed it. */
  readonly source?: string
}
