import { change } from '../native/call.js'
import {
  checkFlag,
  checkName,
  checkOneOf,
  checkOptionalName,
  checkOptions,
  invalid,
} from '../options/check.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import { type Author, checkAuthor } from './commit.js'
import type { ConflictResolver } from './merge-conflict.js'
import { MergeSession } from './merge-session.js'
import { refuseConflicts } from './refuse-conflicts.js'
import { StoreHistory } from './store-history.js'
import type { NativeMergeOptions } from '#native'

/**
 * What settles every conflict: the destination's side stays (`ignoreAll`, `takeDestination`), or the source's side is
 * taken (`takeSource`). The destination is the current branch.
 */
export type MergeStrategy = 'ignoreAll' | 'takeSource' | 'takeDestination'

/**
 * How to merge.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export interface MergeOptions<K, V> extends AbortOptions {
  /** What settles every conflict. */
  readonly strategy?: MergeStrategy
  /** Settles conflicts one by one. Not together with a strategy. */
  readonly resolve?: ConflictResolver<K, V>
  /** The message of the merge commit; Git's usual one when left out. */
  readonly message?: string
  /** Make a commit also when the branch could just be moved. */
  readonly noFastForward?: boolean
  /** Refuse when the branch cannot just be moved. */
  readonly fastForwardOnly?: boolean
  /** Do all but change anything: conflicts that nothing settles throw as they would. */
  readonly dryRun?: boolean
  /** Who wrote the merge; else who Git names. */
  readonly author?: Author
  /** Who commits it; else the author when one is given, else who Git names. */
  readonly committer?: Author
}

/** What a merge did or, when it was only tried, would do. */
export interface MergeResult {
  /** The branch had the source's commits already, was just moved to them, or a commit with two parents was made. */
  readonly kind: 'up-to-date' | 'fast-forward' | 'merged'
  /** The commit that the branch is at now; left out when it did not move, or no commit was made. */
  readonly commit?: string
  /** How many conflicts were settled. */
  readonly conflicts: number
}

/**
 * The names that the options of a merge can have.
 *
 * @internal
 */
export const MERGE_NAMES = [
  'strategy',
  'resolve',
  'message',
  'noFastForward',
  'fastForwardOnly',
  'dryRun',
  'author',
  'committer',
  'signal',
]

/**
 * Merging, key by key.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StoreMerges<K, V> extends StoreHistory<K, V> {
  /**
   * Merges another version into the current branch: keys changed on one side only are taken over, and a key that both
   * sides changed differently is a conflict. Staged changes are refused.
   *
   * @param source - A branch, or any other Git revision.
   * @param options - What settles conflicts, how to commit, and how to give up.
   * @throws `MergeConflictError` when there are conflicts, and neither a strategy nor a resolver.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory({ branch: 'main' })
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * store.insert('count', '1')
   * await store.commit('Begin', { author })
   * await store.checkout('HEAD', { create: 'feature' })
   * store.insert('count', '5')
   * await store.commit('Add four', { author })
   * await store.checkout('main')
   * store.insert('count', '3')
   * await store.commit('Add two', { author })
   * const result = await store.merge('feature', {
   *   author,
   *   resolve: ({ base, destination, source }) => String(Number(destination) + Number(source) - Number(base)),
   * })
   * assert.deepEqual([result.kind, result.conflicts], ['merged', 1])
   * assert.equal(store.get('count'), '7')
   * ```
   */
  async merge(source: string, options: MergeOptions<K, V> = {}): Promise<MergeResult> {
    checkName('source', source)
    const native = checkMergeOptions(options)
    const { resolve, signal } = options
    const { lifetime } = this.handle
    return change(lifetime, signal, async () => {
      if (native.strategy !== undefined) return (await this.native.merge(source, native)) as MergeResult
      const session = new MergeSession<K, V>(
        await this.native.beginMerge(source, native),
        this.handle,
        signal,
      )
      try {
        if (resolve) await session.resolve(resolve)
        else await refuseConflicts(session)
        lifetime.check()
        return (await session.finish()) as MergeResult
      } finally {
        session.close()
      }
    })
  }
}

/**
 * Checks the options of a merge, for the addon.
 *
 * @internal
 */
export function checkMergeOptions<K, V>(
  options: MergeOptions<K, V>,
  more: readonly string[] = [],
): NativeMergeOptions {
  checkOptions(options, [...more, ...MERGE_NAMES])
  const { strategy, resolve, message, noFastForward, fastForwardOnly, dryRun, signal } = options
  if (strategy !== undefined) checkOneOf('strategy', strategy, ['ignoreAll', 'takeSource', 'takeDestination'])
  if (resolve !== undefined && typeof resolve !== 'function') throw invalid('resolve', 'a function', resolve)
  if (resolve !== undefined && strategy !== undefined)
    throw invalid('resolve', 'left out with a strategy', resolve)
  checkOptionalName('message', message)
  checkFlag('noFastForward', noFastForward)
  checkFlag('fastForwardOnly', fastForwardOnly)
  if (noFastForward && fastForwardOnly) throw invalid('fastForwardOnly', 'left out with noFastForward', true)
  checkFlag('dryRun', dryRun)
  checkSignal(signal)
  const author = checkAuthor('author', options.author)
  const committer = checkAuthor('committer', options.committer)
  return {
    noFastForward: noFastForward ?? false,
    fastForwardOnly: fastForwardOnly ?? false,
    dryRun: dryRun ?? false,
    ...(strategy !== undefined && { strategy }),
    ...(message !== undefined && { message }),
    ...(author && { author }),
    ...(committer && { committer }),
  }
}
