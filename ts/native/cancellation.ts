import { AbortedError } from '../errors/aborted-error.js'
import { checkAborted } from '../options/signal.js'
import { addon } from './addon.js'
import type { NativeCancellation } from '#native'

/** Cancels work of the addon when a signal aborts, until it is released. */
export class Cancellation {
  readonly native: NativeCancellation = new (addon().NativeCancellation)()
  readonly #signal: AbortSignal | undefined
  readonly #cancel = (): void => this.native.cancel()

  /** @throws {@link AbortedError} when the signal was aborted. */
  constructor(signal: AbortSignal | undefined) {
    checkAborted(signal)
    this.#signal = signal
    signal?.addEventListener('abort', this.#cancel, { once: true })
  }

  release(): void {
    this.#signal?.removeEventListener('abort', this.#cancel)
  }
}

/** Runs work of the addon that looks now and then whether it is to end, which it is when the signal aborts. */
export async function cancellable<R>(
  signal: AbortSignal | undefined,
  work: (cancellation: NativeCancellation) => Promise<R>,
): Promise<R> {
  const cancellation = new Cancellation(signal)
  try {
    return await work(cancellation.native)
  } catch (error) {
    // The signal knows the reason.
    if (error instanceof AbortedError) checkAborted(signal)
    throw error
  } finally {
    cancellation.release()
  }
}
