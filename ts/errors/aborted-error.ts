import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * The operation was given up because its `AbortSignal` was aborted; the reason of the signal is the `cause`.
 *
 * Its `name` is `AbortError`, as everywhere in Node.js.
 */
export class AbortedError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_ABORTED', message, options)
  }

  /** Always `AbortError`. */
  override get name(): string {
    return 'AbortError'
  }
}
