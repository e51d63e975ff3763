import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AbortedError,
  ClosedError,
  type Codec,
  InvalidArgumentError,
  ProllyTree,
  type ProllyTreeSnapshot,
  ValueLink,
  VersionedKvStore,
} from '../ts/index.js'
import { surfaces } from './helpers/surfaces.js'

/** Nodes of a few entries make deep trees of few keys. */
const config = { leaf: { window: 1, min: 2, max: 4 }, internal: { window: 1, min: 2, max: 4 } }
const key = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((number) => `k${number}`),
  fc.constantFrom('', 'ü', '🌳', '\uffee'),
)
const value = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom(1, 2).map((times) => 'v'.repeat(times * 1500)),
)
const entries = fc.array(fc.tuple(key, value), { maxLength: 60 })

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function sorted(rows: Iterable<[string, string]>): [string, string][] {
  return [...new Map(rows)].toSorted(([one], [other]) => byBytes(one, other))
}

/** Asks a tree for all places that a sorted array knows. */
function compare(
  tree: ProllyTree<string, string> | ProllyTreeSnapshot<string, string>,
  model: [string, string][],
  probes: string[],
): void {
  expect(tree.first()).toEqual(model[0])
  expect(tree.last()).toEqual(model.at(-1))
  for (let index = 0; index <= model.length; index++) expect(tree.nth(index)).toEqual(model[index])
  for (const probe of [...probes, ...model.map(([one]) => one)]) {
    const rank = model.filter(([one]) => byBytes(one, probe) < 0).length
    expect(tree.rank(probe)).toBe(rank)
    expect(tree.count({ lt: probe })).toBe(rank)
    expect(tree.first({ gte: probe })).toEqual(model[rank])
    expect(tree.last({ lt: probe })).toEqual(model[rank - 1])
    compareLeaf(tree, model, probe, rank)
  }
}

function compareLeaf(
  tree: ProllyTree<string, string> | ProllyTreeSnapshot<string, string>,
  model: [string, string][],
  probe: string,
  rank: number,
): void {
  const leaf = tree.find(probe)
  const begin = leaf.rank - leaf.index
  expect(leaf.rank).toBe(rank)
  expect(leaf.found).toBe(model[rank]?.[0] === probe)
  expect(leaf.above).toBe(model[begin - 1]?.[0])
  const expected = model.slice(begin, begin + leaf.entries.length)
  expect(leaf.entries.map(([one]) => one)).toEqual(expected.map(([one]) => one))
  for (const [at, [, found]] of leaf.entries.entries()) {
    const text = expected[at]?.[1] ?? ''
    if (text.length <= 1024) expect(found).toBe(text)
    else expect(found).toMatchObject({ length: text.length, hash: expect.any(String) as unknown })
  }
  const levels = leaf.path.map(({ level }) => level)
  expect(levels).toEqual(levels.map((_, at) => levels.length - 1 - at))
  expect(leaf.path[0]).toMatchObject({ position: 0, entries: model.length })
  expect(leaf.path.at(-1)).toMatchObject({ level: 0, length: leaf.entries.length })
}

describe('places in the order of keys', () => {
  it('are those of a sorted array, with and without pending writes', async () => {
    await fc.assert(
      fc.asyncProperty(
        entries,
        entries,
        fc.array(key, { maxLength: 5 }),
        fc.array(key, { maxLength: 5 }),
        async (rows, more, gone, probes) => {
          using tree = ProllyTree.create({ config })
          tree.insertBatch(rows)
          compare(tree, sorted(rows), probes)
          using before = await tree.snapshot()
          tree.insertBatch(more)
          tree.deleteBatch(gone)
          const now = sorted([...rows, ...more]).filter(([one]) => !gone.includes(one))
          expect(tree.first()).toEqual(now[0])
          expect(tree.last()).toEqual(now.at(-1))
          compare(tree, now, probes)
          compare(before, sorted(rows), probes)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('are shown by the drawing and the statistics of the same nodes', async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (rows) => {
        const model = sorted(rows)
        using tree = ProllyTree.create({ config })
        tree.insertBatch(rows)
        const { depth, entries: count, nodes, bytes, levels, outOfLine } = await tree.stats()
        expect(count).toBe(model.length)
        expect(depth).toBe(levels.length)
        expect(depth).toBe(tree.find('k1').path.length)
        const long = model.filter(([, text]) => text.length > 1024)
        expect(outOfLine.values).toBe(long.length)
        expect(outOfLine.length).toBe(long.reduce((sum, [, text]) => sum + text.length, 0))
        expect(outOfLine.nodes).toBe(new Set(long.map(([, text]) => text)).size)
        expect(nodes).toBe(levels.reduce((sum, level) => sum + level.nodes, outOfLine.nodes))
        expect(bytes).toBe(levels.reduce((sum, level) => sum + level.bytes, outOfLine.bytes))
        expect(levels.at(-1)?.nodes).toBe(1)
        for (const [at, level] of levels.entries()) {
          expect(level).toMatchObject({ level: at, limit: 4, mean: level.entries / level.nodes })
          expect(level.entries).toBe(at === 0 ? model.length : levels[at - 1]?.nodes)
          expect(level.fill).toBe(level.mean / 4)
          expect(level.max).toBeLessThanOrEqual(4)
          expect(level.min).toBeLessThanOrEqual(level.max)
        }
        const lines = (await tree.draw({ depth: Infinity, width: Infinity })).trimEnd().split('\n')
        expect(lines).toHaveLength(nodes - outOfLine.nodes + model.length)
      }),
      { numRuns: 60 },
    )
  })
})

describe.each(surfaces)('the first and the last entry of $name', ({ make }) => {
  it('are those of all, or of a range', async () => {
    const map = await make()
    expect(map.first()).toBeUndefined()
    expect(map.last({})).toBeUndefined()
    map.insertBatch([
      ['a', '1'],
      ['b:1', '2'],
      ['b:2', '3'],
      ['c', '4'],
    ])
    expect(map.first()).toEqual(['a', '1'])
    expect(map.last()).toEqual(['c', '4'])
    expect(map.first({ prefix: 'b:' })).toEqual(['b:1', '2'])
    expect(map.last({ prefix: 'b:' })).toEqual(['b:2', '3'])
    expect(map.first({ gt: 'c' })).toBeUndefined()
    expect(map.last({ lte: 'b', valueEncoding: 'buffer' })).toEqual(['a', Buffer.from('1')])
    expect(map.first({ keyEncoding: 'buffer', gte: Buffer.from('b') })).toEqual([Buffer.from('b:1'), '2'])
    expect(() => map.first({ limit: 1 } as never)).toThrow("options has no 'limit'")
    expect(() => map.last({ reverse: true } as never)).toThrow("options has no 'reverse'")
    expect(() => map.last({ gte: 5 as never })).toThrow('gte must be a string')
    expect(() => map.first(null as never)).toThrow('options must be an object')
  })
})

describe('a tree', () => {
  const filled = (): ProllyTree<string, string> => {
    const tree = ProllyTree.create({ config })
    tree.insertBatch(Array.from({ length: 20 }, (_, index) => [`k${10 + index}`, `v${index}`]))
    return tree
  }

  it('finds places by keys in any encoding', () => {
    const uint8: Codec<number> = {
      name: 'uint8',
      encode: (number) => Buffer.of(number),
      decode: ([number = 0]) => number,
    }
    using tree = ProllyTree.create({ config, keyEncoding: uint8, valueEncoding: 'json' })
    for (let number = 0; number < 100; number++) tree.insert(number, { number })
    expect(tree.rank(70)).toBe(70)
    expect(tree.rank(Buffer.of(70), { keyEncoding: 'buffer' })).toBe(70)
    expect(tree.nth(7)).toEqual([7, { number: 7 }])
    expect(tree.nth(7, { valueEncoding: 'utf8' })).toEqual([7, '{"number":7}'])
    const leaf = tree.find(50)
    expect(leaf.entries[leaf.index]).toEqual([50, { number: 50 }])
    expect(leaf.above).toBe((leaf.entries[0]?.[0] ?? 0) - 1)
    const plain = tree.find(Buffer.of(50), { keyEncoding: 'buffer', valueEncoding: 'utf8' })
    expect(plain.entries[leaf.index]).toEqual([Buffer.of(50), '{"number":50}'])
    expect(plain.above).toEqual(Buffer.of(leaf.above ?? 0))
    expect(tree.find(0)).not.toHaveProperty('above')
  })

  it('has the node of its root hash first on the way to a key', async () => {
    using tree = filled()
    const { path } = tree.find('k15')
    expect(path[0]).toMatchObject({ hash: await tree.rootHash(), entries: 20, natural: false })
    expect(path[0]?.bytes).toBeGreaterThan(0)
    using at = await ProllyTree.at(tree.storage, path.at(-1)?.hash ?? '')
    expect([...at.keys()]).toEqual(tree.find('k15').entries.map(([one]) => one))
  })

  it('has links for values outside the leaf', () => {
    using tree = ProllyTree.create()
    tree.insertBatch([
      ['long', 'v'.repeat(2000)],
      ['short', 'v'],
    ])
    const [long, short] = tree.find('short').entries
    expect(long?.[1]).toBeInstanceOf(ValueLink)
    expect(short).toEqual(['short', 'v'])
    expect(tree.nth(0)).toEqual(['long', 'v'.repeat(2000)])
  })

  it('is drawn as far as it is asked for', async () => {
    using tree = filled()
    using snapshot = await tree.snapshot()
    const whole = await tree.draw({ depth: 99, width: 99 })
    expect(whole).toMatch(/^level \d: \d children, 20 entries, \d+ bytes, [0-9a-f]{8}\n├─ to "k1/)
    for (let index = 0; index < 20; index++) expect(whole).toContain(`"k${10 + index}" = "v${index}"\n`)
    expect(await snapshot.draw({ depth: 99, width: 99 })).toBe(whole)
    expect(await tree.draw({ depth: 1 })).toBe(whole.slice(0, whole.indexOf('\n') + 1))
    expect(await tree.draw({ depth: 0 })).toBe('')
    expect(await tree.draw({ width: 1 })).toContain('… ')
    expect(await tree.draw({ text: 1 })).toContain('"k"… (3 bytes)')
    expect(await tree.draw()).toBe(await tree.draw({ depth: 3, width: 8, text: 32 }))
  })

  it('that is empty is a leaf without entries', async () => {
    using tree = ProllyTree.create()
    expect(tree.rank('a')).toBe(0)
    expect(tree.nth(0)).toBeUndefined()
    expect(tree.find('a')).toMatchObject({ found: false, index: 0, rank: 0, entries: [] })
    expect(await tree.stats()).toMatchObject({ depth: 1, entries: 0, nodes: 1 })
    expect(await tree.draw()).toMatch(/^leaf: 0 entries, /)
  })

  it('refuses wrong arguments, and names them', async () => {
    using tree = filled()
    const wrong: [() => unknown, string][] = [
      [() => tree.rank(5 as never), 'key must be a string'],
      [() => tree.rank(undefined as never), 'key must be a string'],
      [() => tree.rank('\ud800'), 'key must be text without lone surrogates'],
      [() => tree.rank('a', { limit: 1 } as never), "options has no 'limit'"],
      [() => tree.find(null as never), 'key must be a string'],
      [() => tree.find('a', { valueEncoding: 'hex' as never }), 'valueEncoding must be'],
      [() => tree.nth(-1), 'index must be a whole number from 0 on, not -1'],
      [() => tree.nth(1.5), 'index must be a whole number from 0 on, not 1.5'],
      [() => tree.nth(NaN), 'index must be a whole number'],
      [() => tree.nth(Infinity), 'index must be a whole number'],
      [() => tree.nth(2 ** 53), 'index must be a whole number'],
      [() => tree.nth(1n as never), 'index must be a whole number from 0 on, not 1n'],
      [() => tree.nth('1' as never), 'index must be a whole number'],
      [async () => tree.stats({ depth: 1 } as never), "options has no 'depth'"],
      [async () => tree.stats({ signal: 1 as never }), 'signal must be an AbortSignal'],
      [async () => tree.draw({ depth: -1 }), 'depth must be a whole number from 0 on'],
      [async () => tree.draw({ width: 1.5 }), 'width must be a whole number from 0 on'],
      [async () => tree.draw({ text: 'all' as never }), 'text must be a whole number from 0 on'],
      [async () => tree.draw(null as never), 'options must be an object'],
    ]
    for (const [call, message] of wrong) {
      const error = await Promise.resolve()
        .then(call)
        .catch((thrown: unknown) => thrown)
      expect(error, message).toBeInstanceOf(InvalidArgumentError)
      expect((error as Error).message).toContain(message)
      expect((error as Error).stack?.split('\n    at ')[1]).toContain('order.test.ts')
    }
    expect(tree.nth(-0)).toEqual(['k10', 'v0'])
    expect(tree.nth(2 ** 53 - 1)).toBeUndefined()
  })

  it('gives up at a signal, and answers nothing once it is closed', async () => {
    const tree = filled()
    const snapshot = await tree.snapshot()
    const signal = AbortSignal.abort()
    await expect(tree.stats({ signal })).rejects.toThrow(AbortedError)
    await expect(tree.draw({ signal })).rejects.toThrow(AbortedError)
    for (const closed of [tree, snapshot]) {
      closed.close()
      for (const use of [
        () => closed.first(),
        () => closed.last(),
        () => closed.rank('k10'),
        () => closed.nth(0),
        () => closed.find('k10'),
      ]) {
        expect(use).toThrow(ClosedError)
      }
      await expect(closed.stats()).rejects.toThrow(ClosedError)
      await expect(closed.draw()).rejects.toThrow(ClosedError)
    }
  })

  it('of a store is asked for its first entry at any version', async () => {
    await using store = await VersionedKvStore.memory()
    store.insert('b', '1')
    await store.commit('Begin', { author: { name: 'Ada', email: 'ada@example.org' } })
    store.insert('a', '2')
    using old = await store.at('HEAD')
    expect(old.first()).toEqual(['b', '1'])
    expect(store.first()).toEqual(['a', '2'])
  })
})
