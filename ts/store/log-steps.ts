import { fromNative } from '../errors/from-native.js'
import type { CallSite } from '../errors/stack.js'
import type { Lifetime } from '../native/lifetime.js'
import { nextRecords } from '../native/page-source.js'
import { checkAborted } from '../options/signal.js'
import { type Commit, commitOf } from './commit.js'
import type { NativeLog } from '#native'

/** What walking over a log needs to know. */
export interface LogWalk {
  readonly lifetime: Lifetime
  readonly limit: number
  readonly signal: AbortSignal | undefined
  readonly site: CallSite
}

/** Walks over a log, a growing number of commits at a time. */
export async function* logSteps(
  open: () => Promise<NativeLog>,
  { lifetime, limit, signal, site }: LogWalk,
): AsyncGenerator<Commit, undefined, undefined> {
  let left = limit
  let log: NativeLog | undefined
  let asked = 0
  try {
    while (left > 0) {
      checkAborted(signal)
      lifetime.check()
      log ??= await open()
      asked = Math.min(nextRecords(asked), left)
      const commits = await log.next(asked)
      left = commits.length < asked ? 0 : left - commits.length
      for (const commit of commits) {
        yield commitOf(commit)
        checkAborted(signal)
      }
    }
    return undefined
  } catch (error) {
    throw fromNative(error, site)
  } finally {
    log?.close()
  }
}
