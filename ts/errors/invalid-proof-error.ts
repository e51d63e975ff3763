import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/**
 * A proof does not prove the answer to the query, under the root hash it was checked against. It says nothing about the
 * tree then. `details.reason` says what is wrong with it.
 */
export class InvalidProofError extends ProllyError {
  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_INVALID_PROOF', message, options)
  }
}
