import type { MapHandle } from '../map/map-handle.js'
import { read } from '../native/call.js'
import { checkLimit, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import type { NativeTreeQueries } from '#native'

/** What a tree is made of. */
export interface TreeStatistics {
  /** How many levels it has, 1 for a single leaf. */
  readonly depth: number
  /** How many entries it has. */
  readonly entries: number
  /** Nodes of the tree, and of values outside their leaf. */
  readonly nodes: number
  /** Bytes of all these nodes: what a storage keeps for this tree alone, but for what it adds around nodes. */
  readonly bytes: number
  /** Its levels, leaves first. */
  readonly levels: readonly LevelStatistics[]
  /** Values that are kept outside their leaf. */
  readonly outOfLine: ValueStatistics
}

/** The nodes of one level of a tree. */
export interface LevelStatistics {
  /** The height above the leaves, which are level 0. */
  readonly level: number
  /** How many nodes there are. */
  readonly nodes: number
  /** Bytes of these nodes. */
  readonly bytes: number
  /** Entries of these nodes: keys of leaves, children of others. */
  readonly entries: number
  /** Entries of the node that has the fewest. */
  readonly min: number
  /** Entries of the node that has the most. */
  readonly max: number
  /** Entries that a node of the level may have. */
  readonly limit: number
  /** Entries of a node, in the mean. */
  readonly mean: number
  /** The mean as a share of the limit: at most 1. */
  readonly fill: number
}

/** Values that are kept outside their leaf. */
export interface ValueStatistics {
  /** Entries with such a value. */
  readonly values: number
  /** Bytes of these entries' values. */
  readonly length: number
  /** Nodes that hold them, each counted once: equal values and chunks share theirs. */
  readonly nodes: number
  /** Bytes of these nodes. */
  readonly bytes: number
}

/** How much of a tree is drawn. */
export interface DrawOptions extends AbortOptions {
  /** Levels that are drawn, the root's first; entries of leaves count as one. 3 when it is left out. */
  readonly depth?: number
  /** Children, or entries, that are drawn of each node: the first and the last ones. 8 when it is left out. */
  readonly width?: number
  /** Characters that are drawn of a key or a value. 32 when it is left out. */
  readonly text?: number
}

/**
 * The nodes of a tree, counted.
 *
 * @internal
 */
export async function statisticsOf(
  handle: MapHandle,
  native: NativeTreeQueries,
  options: AbortOptions,
): Promise<TreeStatistics> {
  checkOptions(options, ['signal'])
  return read(handle.lifetime, options.signal, () => native.stats())
}

/**
 * A tree as lines of text.
 *
 * @internal
 */
export async function drawingOf(
  handle: MapHandle,
  native: NativeTreeQueries,
  options: DrawOptions,
): Promise<string> {
  checkOptions(options, ['depth', 'width', 'text', 'signal'])
  const depth = bounded('depth', options.depth)
  const width = bounded('width', options.width)
  const text = bounded('text', options.text)
  return read(handle.lifetime, options.signal, () => native.draw(depth, width, text))
}

/** No tree is as deep, and no node as wide or long, as the addon can be asked for: more is the same. */
function bounded(argument: string, value: unknown): number | undefined {
  checkLimit(argument, value)
  return value === undefined ? undefined : Math.min(value, 0xffff_ffff)
}
