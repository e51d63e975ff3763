import { addon } from '../native/addon.js'
import { checkOptions, invalid } from '../options/check.js'

/** Bounds of the nodes of one kind, in entries. */
export interface NodeBounds {
  /** An entry ends a node when the hash of its key is the least among this many entries on both sides; at least 1. */
  readonly window: number
  /** A node made by a cut has at least so many entries; at least 2. */
  readonly min: number
  /** No node has more entries; at least `2 * min - 1`, at most 4096. */
  readonly max: number
}

/**
 * What decides the shape of a tree. It is part of the tree: equal entries under another configuration have another root
 * hash. The defaults suit rows of about a hundred bytes.
 */
export interface TreeConfig {
  /** Bounds of leaves. */
  readonly leaf: NodeBounds
  /** Bounds of internal nodes. */
  readonly internal: NodeBounds
  /** A longer value, in bytes, is kept outside its leaf; at most 65536. */
  readonly inlineValueMax: number
}

/**
 * Checks a configuration, and fills in what it leaves out. The addon checks the bounds.
 *
 * @internal
 */
export function checkTreeConfig(config: Partial<TreeConfig>): TreeConfig {
  checkOptions(config, ['leaf', 'internal', 'inlineValueMax'], 'config')
  const defaults = addon().defaultTreeConfig()
  const inlineValueMax = config.inlineValueMax ?? defaults.inlineValueMax
  checkCount('config.inlineValueMax', inlineValueMax)
  return {
    leaf: checkBounds('config.leaf', config.leaf ?? defaults.leaf),
    internal: checkBounds('config.internal', config.internal ?? defaults.internal),
    inlineValueMax,
  }
}

function checkBounds(argument: string, bounds: NodeBounds): NodeBounds {
  checkOptions(bounds, ['window', 'min', 'max'], argument)
  for (const name of ['window', 'min', 'max'] as const) checkCount(`${argument}.${name}`, bounds[name])
  return bounds
}

function checkCount(argument: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 0xffff_ffff) {
    throw invalid(argument, 'a whole number from 0 on', value)
  }
}
