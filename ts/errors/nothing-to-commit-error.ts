import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * Nothing is staged, and `allowEmpty` was not given.
 */
export class NothingToCommitError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_NOTHING_TO_COMMIT', message, options)
  }
}
