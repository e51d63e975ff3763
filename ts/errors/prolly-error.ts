import type { ErrorCode } from './codes.js'
import { pointAtCaller } from './stack.js'

/** What a {@link ProllyError} is made of, beside its message. */
export interface ProllyErrorOptions {
  /** The error below this one: that of the addon, of a codec, of a resolver. */
  cause?: unknown
  /** The names, keys and paths the error is about, for programs. */
  details?: Readonly<Record<string, unknown>>
}

/**
 * A fault reported by this library. Branch on {@link ProllyError.code} or on the subclass, never on the message.
 *
 * A missing key is no fault: `get` answers `undefined`.
 *
 * @example
 * ```ts
 * import { ProllyError, VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * try {
 *   await store.checkout('no-such-branch')
 * } catch (error) {
 *   if (!(error instanceof ProllyError)) throw error
 *   assert.equal(error.code, 'PROLLY_NOT_FOUND')
 * }
 * ```
 */
export class ProllyError extends Error {
  /** What went wrong: stable, while messages may change. */
  readonly code: ErrorCode
  /** The names, keys and paths the error is about; empty when there are none. */
  readonly details: Readonly<Record<string, unknown>>

  /**
   * @param code - What went wrong.
   * @param message - The same for people, with what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(code: ErrorCode, message: string, options: ProllyErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.details = options.details ?? {}
    pointAtCaller(this)
  }

  /** The name of the class. */
  override get name(): string {
    return this.constructor.name
  }
}
