import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * A branch, tag, store or folder of that name is there already; nothing was changed.
 */
export class AlreadyExistsError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_ALREADY_EXISTS', message, options)
  }
}
