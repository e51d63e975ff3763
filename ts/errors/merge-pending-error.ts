import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * A merge, revert or cherry-pick is under way, and the operation would drop it or mix with it: continue it or abort it first.
 */
export class MergePendingError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_MERGE_PENDING', message, options)
  }
}
