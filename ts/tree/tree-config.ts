import { checkOneOf, checkOptions, invalid } from '../options/check.js'

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
 * What decides the shape of a tree. The defaults suit rows of about a hundred bytes.
 *
 * All of it stands in every node, so each number decides the root hash as the entries do: equal entries have equal root
 * hashes under equal numbers, and other ones when any number differs, and only trees with equal numbers can be compared and
 * merged. A tree keeps those that it was made with. Nothing else changes the root hash: not the storage, not the platform,
 * not the order of writes, not the name of a preset.
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
 * The name of a configuration in {@link TREE_CONFIGS}:
 *
 * - `default`: leaves of 32 entries in the mean.
 * - `small-values`: half as many entries again in a leaf. Measured with values of 100 bytes, building from sorted entries and
 *   reading at random are 5 to 7 % faster, and an update writes 15 % more bytes.
 * - `large-values`: a quarter fewer entries in a leaf. Measured with values of 1,000 bytes, an update is 11 % faster and
 *   writes 20 % fewer bytes; with values of 100 bytes, building from sorted entries is 12 % slower.
 *
 * `docs/decisions/0004-default-parameters.md` has the figures: 10^6 and, of the long values, 200,000 random keys.
 */
export type TreeConfigPreset = 'default' | 'small-values' | 'large-values'

/**
 * What each preset stands for, to choose by name or to begin with.
 *
 * @example
 * ```ts
 * import { ProllyTree, TREE_CONFIGS } from 'prollytree'
 *
 * using tree = ProllyTree.create({ config: 'large-values' })
 * assert.deepEqual(tree.config, TREE_CONFIGS['large-values'])
 * using other = ProllyTree.create({ config: { ...TREE_CONFIGS['large-values'], inlineValueMax: 4096 } })
 * assert.notEqual(await other.rootHash(), await tree.rootHash())
 * ```
 */
export const TREE_CONFIGS: Readonly<Record<TreeConfigPreset, TreeConfig>> = Object.freeze({
  default: withLeaf(16, 16, 64),
  'small-values': withLeaf(24, 24, 96),
  'large-values': withLeaf(12, 12, 48),
})

function withLeaf(window: number, min: number, max: number): TreeConfig {
  return Object.freeze({
    leaf: Object.freeze({ window, min, max }),
    internal: Object.freeze({ window: 24, min: 24, max: 96 }),
    inlineValueMax: 1024,
  })
}

/**
 * Checks a configuration, and fills in what it leaves out. The addon checks the bounds.
 *
 * @internal
 */
export function checkTreeConfig(config: TreeConfigPreset | Partial<TreeConfig>): TreeConfig {
  if (typeof config === 'string') {
    checkOneOf('config', config, Object.keys(TREE_CONFIGS))
    return TREE_CONFIGS[config]
  }
  checkOptions(config, ['leaf', 'internal', 'inlineValueMax'], 'config')
  const defaults = TREE_CONFIGS.default
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
