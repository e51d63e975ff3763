import type { AnyEncodings, MapHandle } from '../map/map-handle.js'
import { read } from '../native/call.js'
import type { AbortOptions } from '../options/signal.js'
import { checkIndex, entryOf, keyBytes, leafOf, type TreeLeaf } from './tree-order.js'
import type { NativeTreeQueries } from '#native'

type Options = (AnyEncodings & AbortOptions) | undefined

/**
 * As `rankOf`, off the event loop.
 *
 * @internal
 */
export async function awaitRank(
  { handle, queries }: OrderedTree,
  key: unknown,
  options: Options,
): Promise<number> {
  const bytes = keyBytes(key, handle.awaitedTranscoders(options))
  return read(handle.lifetime, options?.signal, () => queries.rankAsync(bytes))
}

/**
 * As `entryAt`, off the event loop.
 *
 * @internal
 */
export async function awaitEntry<K, V>(
  { handle, queries }: OrderedTree,
  index: unknown,
  options: Options,
): Promise<[key: K, value: V] | undefined> {
  const transcoders = handle.awaitedTranscoders(options)
  checkIndex(index)
  return entryOf(await read(handle.lifetime, options?.signal, () => queries.nthAsync(index)), transcoders)
}

/**
 * As `leafAround`, off the event loop.
 *
 * @internal
 */
export async function awaitLeaf<K, V>(
  { handle, queries }: OrderedTree,
  key: unknown,
  options: Options,
): Promise<TreeLeaf<K, V>> {
  const transcoders = handle.awaitedTranscoders(options)
  const bytes = keyBytes(key, transcoders)
  return leafOf(await read(handle.lifetime, options?.signal, () => queries.findAsync(bytes)), transcoders)
}

/**
 * A tree or a snapshot of one, in whose order of keys something is asked for.
 *
 * @internal
 */
export interface OrderedTree {
  readonly handle: MapHandle
  readonly queries: NativeTreeQueries
}
