import { describe, expect, it } from 'vitest'
import {
  ProllyTree,
  TREE_CONFIGS,
  type TreeConfig,
  type TreeConfigPreset,
  VersionedKvStore,
} from '../ts/index.js'
import { addon } from '../ts/native/addon.js'
import { temporaryFolder } from './helpers/temporary.js'

const presets = Object.keys(TREE_CONFIGS) as TreeConfigPreset[]

/** A tree of 20,000 entries. */
function filled(
  config: TreeConfigPreset | Partial<TreeConfig>,
  valueLength: number,
): ProllyTree<string, string> {
  const tree = ProllyTree.create({ config })
  const rows = Array.from({ length: 20_000 }, (_, index): [string, string] => [
    `row:${String(index * 7919).padStart(20, '0')}`,
    'v'.repeat(valueLength),
  ])
  tree.insertBatch(rows)
  return tree
}

/** Bytes of the nodes from the root to a leaf: what an update writes, in the mean over some keys. */
function bytesOfUpdate(tree: ProllyTree<string, string>): number {
  let bytes = 0
  for (let index = 0; index < 20_000; index += 100) {
    for (const node of tree.find(tree.nth(index)?.[0] ?? '').path) bytes += node.bytes
  }
  return bytes / 200
}

describe('presets of the configuration', () => {
  it.each(presets)('%s is the one of a tree that is made with it', async (preset) => {
    using tree = ProllyTree.create({ config: preset })
    expect(tree.config).toEqual(TREE_CONFIGS[preset])
    await using store = await VersionedKvStore.memory({ config: preset })
    expect(store.config).toEqual(TREE_CONFIGS[preset])
  })

  it('have the default of the addon as the default', () => {
    expect(TREE_CONFIGS.default).toEqual(addon().defaultTreeConfig())
    using tree = ProllyTree.create()
    expect(tree.config).toEqual(TREE_CONFIGS.default)
    using partial = ProllyTree.create({ config: { inlineValueMax: 5 } })
    expect(partial.config).toEqual({ ...TREE_CONFIGS.default, inlineValueMax: 5 })
  })

  it('stay as they are', () => {
    const config = TREE_CONFIGS['large-values'] as { inlineValueMax: number; leaf: { max: number } }
    expect(() => (config.inlineValueMax = 1)).toThrow(TypeError)
    expect(() => (config.leaf.max = 1)).toThrow(TypeError)
  })

  it('are kept by a store', async () => {
    const folder = temporaryFolder()
    await (await VersionedKvStore.init(folder, { config: 'small-values' })).close()
    await using store = await VersionedKvStore.open(folder)
    expect(store.config).toEqual(TREE_CONFIGS['small-values'])
  })

  it('change the root, by their numbers and not by their names', async () => {
    const roots = new Set<string>()
    for (const preset of presets) {
      using named = ProllyTree.create({ config: preset })
      using spelt = ProllyTree.create({ config: { ...TREE_CONFIGS[preset] } })
      named.insert('a', '1')
      spelt.insert('a', '1')
      expect(await spelt.rootHash()).toBe(await named.rootHash())
      roots.add(await named.rootHash())
    }
    expect(roots.size).toBe(presets.length)
  })

  it('have as many entries in a leaf, and write as many bytes, as they say', async () => {
    const leaf = async (preset: TreeConfigPreset, valueLength: number) => {
      using tree = filled(preset, valueLength)
      const { levels } = await tree.stats()
      return { mean: levels[0]?.mean ?? 0, bytes: bytesOfUpdate(tree) }
    }
    const usual = await leaf('default', 100)
    const larger = await leaf('small-values', 100)
    expect(larger.mean / usual.mean).toBeCloseTo(1.5, 1)
    expect(larger.bytes).toBeGreaterThan(usual.bytes)
    const before = await leaf('default', 1000)
    const smaller = await leaf('large-values', 1000)
    expect(smaller.mean / before.mean).toBeCloseTo(0.75, 1)
    expect(smaller.bytes / before.bytes).toBeLessThan(0.85)
  })

  it.each(['', 'huge-values', 'toString', null, 5, true])('are not %j', async (config) => {
    const refused = {
      code: 'PROLLY_INVALID_ARGUMENT',
      message: expect.stringMatching(/^config must be /) as unknown,
    }
    expect(() => ProllyTree.create({ config: config as never })).toThrow(expect.objectContaining(refused))
    await expect(VersionedKvStore.memory({ config: config as never })).rejects.toMatchObject(refused)
  })
})
