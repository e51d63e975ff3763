import { fromNative } from '../errors/from-native.js'
import type { CallSite } from '../errors/stack.js'
import { checkAborted } from '../options/signal.js'
import type { Lifetime } from './lifetime.js'
import { nextRecords } from './page-source.js'

/** Something of the addon that is walked over a few steps at a time. */
export interface StepSource<N> {
  /** What comes next, at most `limit` of it; less when there is no more. */
  next(limit: number): Promise<N[]>
  close(): void
}

/** What walking needs to know. */
export interface Walk<N, T> {
  readonly lifetime: Lifetime
  readonly limit: number
  readonly signal: AbortSignal | undefined
  readonly site: CallSite
  /** A step as the user sees it. */
  decode(step: N): T
}

/** Walks, a growing number of steps at a time. */
export async function* steps<N, T>(
  open: () => Promise<StepSource<N>>,
  { lifetime, limit, signal, site, decode }: Walk<N, T>,
): AsyncGenerator<T, undefined, undefined> {
  let left = limit
  let source: StepSource<N> | undefined
  let asked = 0
  try {
    while (left > 0) {
      checkAborted(signal)
      lifetime.check()
      source ??= await open()
      asked = Math.min(nextRecords(asked), left)
      const found = await source.next(asked)
      left = found.length < asked ? 0 : left - found.length
      for (const step of found) {
        yield decode(step)
        checkAborted(signal)
      }
    }
    return undefined
  } catch (error) {
    throw fromNative(error, site)
  } finally {
    source?.close()
  }
}
