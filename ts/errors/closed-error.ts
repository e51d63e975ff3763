import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * A store, snapshot, transaction or iterator was used after it was closed.
 */
export class ClosedError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_CLOSED', message, options)
  }
}
