import type { MapHandle } from '../map/map-handle.js'
import { change } from '../native/call.js'
import { checkOneOf, checkOptions, invalid } from '../options/check.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { ConflictResolver } from '../store/merge-conflict.js'
import { MergeSession } from '../store/merge-session.js'
import type { MergeStrategy } from '../store/store-merges.js'
import type { NativeTreeMerge } from '#native'

/**
 * How to merge trees.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export interface TreeMergeOptions<K, V> extends AbortOptions {
  /** What settles every conflict. */
  readonly strategy?: MergeStrategy
  /** Settles conflicts one by one. Not together with a strategy. */
  readonly resolve?: ConflictResolver<K, V>
}

/** What a merge of trees did. */
export interface TreeMergeResult {
  /** The source brought nothing new, or the tree has changed. */
  readonly kind: 'up-to-date' | 'merged'
  /** How many conflicts were settled. */
  readonly conflicts: number
}

/**
 * Runs a merge that `begin` begins.
 *
 * @internal
 */
export async function mergeTree<K, V>(
  handle: MapHandle,
  options: TreeMergeOptions<K, V>,
  begin: () => Promise<NativeTreeMerge>,
): Promise<TreeMergeResult> {
  checkOptions(options, ['strategy', 'resolve', 'signal'])
  const { strategy, resolve, signal } = options
  if (strategy !== undefined) checkOneOf('strategy', strategy, ['ignoreAll', 'takeSource', 'takeDestination'])
  if (resolve !== undefined && typeof resolve !== 'function') throw invalid('resolve', 'a function', resolve)
  if (resolve !== undefined && strategy !== undefined)
    throw invalid('resolve', 'left out with a strategy', resolve)
  checkSignal(signal)
  return change(handle.lifetime, signal, async () => {
    const session = new MergeSession<K, V>(await begin(), handle, signal)
    try {
      if (strategy) await session.takeAll(strategy === 'takeSource' ? 'source' : 'destination')
      else await session.resolve({ resolve })
      handle.lifetime.check()
      const { kind, conflicts } = await session.finish()
      return { kind: kind as TreeMergeResult['kind'], conflicts }
    } finally {
      session.close()
    }
  })
}
