import { AbortedError } from '../errors/aborted-error.js'
import { fromNative } from '../errors/from-native.js'
import { callSite } from '../errors/stack.js'
import { checkAborted, checkSignal } from '../options/signal.js'
import type { Lifetime } from './lifetime.js'

/** Carries what code of the user threw past the conversion of the addon's errors. */
class Foreign extends Error {
  readonly thrown: unknown

  constructor(thrown: unknown) {
    super('thrown by code of the user')
    this.thrown = thrown
  }
}

/**
 * Runs code of the user, within work of the addon: what it throws comes out as it is, and it may close what the work is
 * done with.
 */
export async function foreign<T>(lifetime: Lifetime, work: () => T | Promise<T>): Promise<T> {
  lifetime.end()
  try {
    return await work()
  } catch (error) {
    throw new Foreign(error)
  } finally {
    lifetime.begin()
  }
}

/** Runs synchronous work of the addon. */
export function now<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw fromNative(error)
  }
}

/**
 * Runs asynchronous work of the addon that changes something: it can be given up until it begins, and is then done
 * whole.
 */
export async function change<T>(
  lifetime: Lifetime | undefined,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const site = callSite()
  checkSignal(signal)
  lifetime?.check()
  checkAborted(signal)
  lifetime?.begin()
  try {
    return await work()
  } catch (error) {
    throw error instanceof Foreign ? error.thrown : fromNative(error, site)
  } finally {
    lifetime?.end()
  }
}

/** Runs asynchronous work of the addon that only reads: it can be given up at any time. */
export async function read<T>(
  lifetime: Lifetime,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  return change(lifetime, signal, () => (signal === undefined ? work() : untilAborted(work(), signal)))
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new AbortedError('the operation was aborted', { cause: signal.reason }))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
