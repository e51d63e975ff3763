import { AbortedError } from '../errors/aborted-error.js'
import { invalid } from './check.js'

/** The option that every asynchronous method has. */
export interface AbortOptions {
  /**
   * Gives the operation up when it is aborted: the promise rejects with `AbortedError`.
   *
   * What only reads or prepares stops at its next step. A step that has begun to write is not torn apart: it is done
   * whole, and the promise then says so.
   */
  readonly signal?: AbortSignal
}

/**
 * Refuses anything but an `AbortSignal` or `undefined`.
 *
 * @internal
 */
export function checkSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalid('signal', 'an AbortSignal', signal)
}

/**
 * @throws {@link AbortedError} when `signal` was aborted.
 *
 * @internal
 */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError('the operation was aborted', { cause: signal.reason })
}
