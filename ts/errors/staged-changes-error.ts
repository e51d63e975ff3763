import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * The operation would lose or mix staged changes: commit or discard them first.
 */
export class StagedChangesError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_STAGED_CHANGES', message, options)
  }
}
