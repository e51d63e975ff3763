/** What every change has. */
interface ChangedKey<K> {
  /** The namespace; left out for the default one. */
  readonly namespace?: string
  /** The key. */
  readonly key: K
}

/** A key that only the newer version has. */
export interface AddedChange<K, V> extends ChangedKey<K> {
  /** What happened to the key. */
  readonly type: 'added'
  /** Always left out. */
  readonly oldValue?: never
  /** The value in the newer version. */
  readonly newValue: V
}

/** A key that only the older version has. */
export interface RemovedChange<K, V> extends ChangedKey<K> {
  /** What happened to the key. */
  readonly type: 'removed'
  /** The value in the older version. */
  readonly oldValue: V
  /** Always left out. */
  readonly newValue?: never
}

/** A key with different values. */
export interface ModifiedChange<K, V> extends ChangedKey<K> {
  /** What happened to the key. */
  readonly type: 'modified'
  /** The value in the older version. */
  readonly oldValue: V
  /** The value in the newer version. */
  readonly newValue: V
}

/**
 * One difference between two versions.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export type Change<K, V> = AddedChange<K, V> | RemovedChange<K, V> | ModifiedChange<K, V>
