import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/** A key that somebody else changed too. */
export interface ConflictKey {
  /** The namespace; left out for the default one. */
  readonly namespace?: string
  /** The bytes of the key; none when the namespace itself is meant. */
  readonly key: Uint8Array
}

/**
 * Somebody else changed the same keys, or moved the same branch, in the meantime; nothing was changed.
 *
 * Read again and retry.
 */
export class ConflictError extends ProllyError {
  /** The keys that both changed, in key order: the first hundred. None when it is not about keys. */
  readonly keys: readonly ConflictKey[]

  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_CONFLICT', message, options)
    this.keys = keysOf(this.details.keys)
  }
}

/** The addon sends the bytes of keys as hexadecimal digits. */
function keysOf(keys: unknown): ConflictKey[] {
  if (!Array.isArray(keys)) return []
  return (keys as { namespace?: string | null; key: string }[]).map(({ namespace, key }) => ({
    ...(typeof namespace === 'string' && { namespace }),
    key: Buffer.from(key, 'hex'),
  }))
}
