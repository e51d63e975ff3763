/** A named namespace. */
export interface NamespaceInfo {
  /** Its name. */
  readonly name: string
  /** How many keys it has. */
  readonly entries: number
}

/**
 * A table that differs between two versions: created (no `from`), dropped (no `to`), renamed, or, where both are the same, made of something
 * else: columns, indexes or rules.
 */
export interface TableChange {
  /** Its name in the older version. */
  readonly from?: string
  /** Its name in the newer version. */
  readonly to?: string
}

/** A namespace that differs between two versions: created (no `from`), dropped (no `to`) or renamed (both). */
export interface NamespaceChange {
  /** Its name in the older version. */
  readonly from?: string
  /** Its name in the newer version. */
  readonly to?: string
}
