import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * Another process holds a lock. `details.path` is the lock file.
 */
export class LockedError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_LOCKED', message, options)
  }
}
