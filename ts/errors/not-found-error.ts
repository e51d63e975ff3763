import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * A branch, tag, revision or store is not there. A missing key is no error: `get` answers `undefined`. Only the stream of
 * its value fails.
 */
export class NotFoundError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_NOT_FOUND', message, options)
  }
}
