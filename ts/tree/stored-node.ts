/** A node as storages keep it. */
export interface StoredNode {
  /** The BLAKE3 hash of the bytes: 64 lower-case hexadecimal digits. */
  readonly address: string
  /** The bytes, at most a few hundred KiB. They are nobody else's, and must stay as they are. */
  readonly bytes: Uint8Array
}

/**
 * A value, or a promise of one.
 *
 * @typeParam T - The type of the value.
 */
export type Awaitable<T> = T | PromiseLike<T>
