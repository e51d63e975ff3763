import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * An argument has the wrong type or is out of bounds. The message names it and shows the offending value.
 */
export class InvalidArgumentError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_INVALID_ARGUMENT', message, options)
  }
}
