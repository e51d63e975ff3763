import { invalid } from '../options/check.js'
import { checkSignal } from '../options/signal.js'
import type { ProgressOptions } from '../options/progress.js'
import { change } from './call.js'
import { cancellable } from './cancellation.js'
import type { Lifetime } from './lifetime.js'
import type { NativeCancellation, NativeStageProgress } from '#native'

/** Work of the addon that tells how far it is. */
export type Told<R, P = NativeStageProgress> = (
  cancellation: NativeCancellation,
  tell: ((progress: P) => void) | undefined,
) => Promise<R>

/** Refuses a listener that is no function. */
export function checkListener(
  argument: string,
  value: unknown,
): asserts value is ((...args: never[]) => unknown) | undefined {
  if (value !== undefined && typeof value !== 'function') throw invalid(argument, 'a function', value)
}

/**
 * Runs work of the addon that tells now and then how far it is and looks whether it is to end: when the signal aborts, or
 * when the listener throws, which the promise then rejects with.
 */
export async function told<P, R>(
  signal: AbortSignal | undefined,
  onProgress: ((progress: P) => void) | undefined,
  work: Told<R, P>,
): Promise<R> {
  checkSignal(signal)
  let thrown: { readonly error: unknown } | undefined
  const listening = (cancellation: NativeCancellation): Promise<R> => {
    const tell = (progress: P): void => {
      if (thrown) return
      try {
        onProgress?.(progress)
      } catch (error) {
        thrown = { error }
        cancellation.cancel()
      }
    }
    return work(cancellation, onProgress && tell)
  }
  try {
    const result = await cancellable(signal, listening)
    if (!thrown) return result
  } catch (error) {
    if (!thrown) throw error
  }
  throw thrown.error
}

/** As `change`, of work of the addon that tells how far it is, and that can be ended when it has begun. */
export async function changeTelling<R>(
  lifetime: Lifetime | undefined,
  { signal, onProgress }: ProgressOptions,
  work: Told<R>,
): Promise<R> {
  checkListener('options.onProgress', onProgress)
  return told(signal, onProgress, (...listening) => change(lifetime, undefined, () => work(...listening)))
}
