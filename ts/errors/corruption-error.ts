import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * Stored bytes are not what they must be. `details.subject` says which.
 */
export class CorruptionError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_CORRUPTION', message, options)
  }
}
