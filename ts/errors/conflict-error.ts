import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * Somebody else changed the same keys, or moved the same branch, in the meantime; nothing was changed.
 *
 * Read again and retry. `details` names what is in conflict.
 */
export class ConflictError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_CONFLICT', message, options)
  }
}
