import type { Readable, Writable } from 'node:stream'
import { AbortedError } from '../errors/aborted-error.js'
import { fromNative } from '../errors/from-native.js'
import type { CallSite } from '../errors/stack.js'
import type { Lifetime } from '../native/lifetime.js'
import { invalid } from '../options/check.js'

/** Runs work of the addon for a stream: errors point at whoever made the stream. */
export async function streamed<T>(
  lifetime: Lifetime,
  site: CallSite,
  work: () => T | Promise<T>,
): Promise<T> {
  lifetime.begin()
  try {
    lifetime.check()
    return await work()
  } catch (error) {
    throw fromNative(error, site)
  } finally {
    lifetime.end()
  }
}

/**
 * Destroys a stream when `signal` is aborted, unless it is past giving up.
 *
 * @returns What must be called when the stream is destroyed.
 */
export function destroyWhenAborted(
  stream: Readable | Writable,
  signal: AbortSignal | undefined,
  isPast: () => boolean = () => false,
): () => void {
  const abort = (): void => {
    if (isPast()) return
    stream.destroy(new AbortedError('the operation was aborted', { cause: signal?.reason }))
  }
  // In the next turn, when the stream is made.
  if (signal?.aborted) process.nextTick(abort)
  else signal?.addEventListener('abort', abort, { once: true })
  return () => signal?.removeEventListener('abort', abort)
}

/** Refuses anything but a number of bytes that a stream can hold, or `undefined`. */
export function checkHighWaterMark(value: unknown): asserts value is number | undefined {
  if (value === undefined) return
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 2 ** 30) {
    throw invalid('highWaterMark', 'a whole number from 1 to 2 ** 30', value)
  }
}
