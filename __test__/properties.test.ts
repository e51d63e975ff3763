import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DELETE, type KeyValueStore, ProllyTree, VersionedKvStore } from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

/** Few keys, so that operations meet; the empty one and some beyond ASCII among them. */
const key = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((number) => `k${number}`),
  fc.constantFrom('', 'ü', '🌳', '\uffee'),
)
const value = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.integer({ min: 1, max: 3 }).map((length) => 'v'.repeat(length * 600)),
)
const entries = fc.array(fc.tuple(key, value), { maxLength: 40 })
/** Nodes of a few entries make deep trees of few keys. */
const config = { leaf: { window: 1, min: 2, max: 4 }, internal: { window: 1, min: 2, max: 4 } }

type Operation =
  | { type: 'insert' | 'update'; key: string; value: string }
  | { type: 'delete'; key: string }
  | { type: 'insertBatch' | 'updateBatch' | 'load' | 'replace'; entries: [string, string][] }
  | { type: 'deleteBatch'; keys: string[] }
  | { type: 'deleteRange'; gte: string; lt: string }
  | { type: 'flush' }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ type: fc.constantFrom('insert' as const, 'update' as const), key, value }),
  fc.record({ type: fc.constant('delete' as const), key }),
  fc.record({
    type: fc.constantFrom(
      'insertBatch' as const,
      'updateBatch' as const,
      'load' as const,
      'replace' as const,
    ),
    entries,
  }),
  fc.record({ type: fc.constant('deleteBatch' as const), keys: fc.array(key, { maxLength: 10 }) }),
  fc.record({ type: fc.constant('deleteRange' as const), gte: key, lt: key }),
  fc.record({ type: fc.constant('flush' as const) }),
)

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function sorted(model: Map<string, string>): [string, string][] {
  return [...model].toSorted(([one], [other]) => byBytes(one, other))
}

/** Does one thing to a map and to the model of it, and compares what both say. */
async function perform(
  map: KeyValueStore<string, string>,
  model: Map<string, string>,
  step: Operation,
  flush: () => unknown,
): Promise<void> {
  switch (step.type) {
    case 'insert':
      map.insert(step.key, step.value)
      model.set(step.key, step.value)
      break
    case 'update':
      expect(map.update(step.key, step.value)).toBe(model.has(step.key))
      if (model.has(step.key)) model.set(step.key, step.value)
      break
    case 'delete':
      expect(map.delete(step.key)).toBe(model.delete(step.key))
      break
    case 'insertBatch':
      map.insertBatch(step.entries)
      for (const [one, other] of step.entries) model.set(one, other)
      break
    case 'updateBatch': {
      const there = step.entries.filter(([one]) => model.has(one))
      expect(map.updateBatch(step.entries)).toBe(there.length)
      for (const [one, other] of there) model.set(one, other)
      break
    }
    case 'replace':
    case 'load':
      if (step.type === 'replace') model.clear()
      await map.load(step.entries, { replace: step.type === 'replace' })
      for (const [one, other] of step.entries) model.set(one, other)
      break
    case 'deleteBatch':
      map.deleteBatch(step.keys)
      for (const one of step.keys) model.delete(one)
      break
    case 'deleteRange': {
      const doomed = [...model.keys()].filter(
        (one) => byBytes(one, step.gte) >= 0 && byBytes(one, step.lt) < 0,
      )
      expect(map.deleteRange({ gte: step.gte, lt: step.lt })).toBe(doomed.length)
      for (const one of doomed) model.delete(one)
      break
    }
    case 'flush':
      await flush()
  }
  expect(map.get('k1')).toBe(model.get('k1'))
}

async function compare(map: KeyValueStore<string, string>, model: Map<string, string>): Promise<void> {
  const all = sorted(model)
  expect([...map.entries()]).toEqual(all)
  expect([...map.keys({ reverse: true })]).toEqual(all.map(([one]) => one).toReversed())
  expect(await map.values()[Symbol.asyncIterator]().toArray()).toEqual(all.map(([, other]) => other))
  expect(map.count()).toBe(all.length)
  const keys = ['k1', 'k2', 'ü', '', 'none']
  expect(map.getMany(keys)).toEqual(keys.map((one) => model.get(one)))
  expect([...map.keys({ gt: 'k2', lte: 'k5' })]).toEqual(
    all.map(([one]) => one).filter((one) => byBytes(one, 'k2') > 0 && byBytes(one, 'k5') <= 0),
  )
  expect([...map.keys({ prefix: 'k1', limit: 3 })]).toEqual(
    all
      .map(([one]) => one)
      .filter((one) => one.startsWith('k1'))
      .slice(0, 3),
  )
}

function treeOf(model: Iterable<[string, string]>): ProllyTree<string, string> {
  const tree = ProllyTree.create({ config })
  tree.insertBatch(model)
  return tree
}

describe('a tree', () => {
  it('does what a sorted map does, and has the root of its entries alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (steps) => {
        using tree = ProllyTree.create({ config })
        const model = new Map<string, string>()
        for (const step of steps) await perform(tree, model, step, () => tree.rootHash())
        await compare(tree, model)
        using fresh = treeOf(sorted(model).toReversed())
        expect(await tree.rootHash()).toBe(await fresh.rootHash())
      }),
      { numRuns: 200 },
    )
  })

  it('becomes another by applying what differs', async () => {
    await fc.assert(
      fc.asyncProperty(entries, entries, async (one, other) => {
        using from = treeOf(one)
        using to = treeOf(other)
        for await (const change of from.diff(to)) {
          if (change.type === 'removed') expect(from.delete(change.key)).toBe(true)
          else if (change.type === 'modified') expect(from.update(change.key, change.newValue)).toBe(true)
          else from.insert(change.key, change.newValue)
          if (change.type !== 'added') expect(new Map(one).get(change.key)).toBe(change.oldValue)
        }
        expect(await from.rootHash()).toBe(await to.rootHash())
      }),
      { numRuns: 100 },
    )
  })

  it('merges as key by key comparison does', async () => {
    const storage = ProllyTree.create().storage
    await fc.assert(
      fc.asyncProperty(entries, entries, entries, fc.array(key), async (common, mine, theirs, gone) => {
        using base = ProllyTree.create({ storage, config })
        base.insertBatch(common)
        using begun = await base.snapshot()
        using destination = await ProllyTree.at(storage, begun.rootHash)
        using source = await ProllyTree.at(storage, begun.rootHash)
        destination.insertBatch(mine)
        source.insertBatch(theirs)
        gone.forEach((one, index) => (index % 2 === 0 ? destination : source).delete(one))
        const [before, left, right] = [base, destination, source].map((tree) => new Map(tree.entries()))
        const expected = new Map<string, string>()
        let conflicts = 0
        for (const one of new Set([
          ...(before?.keys() ?? []),
          ...(left?.keys() ?? []),
          ...(right?.keys() ?? []),
        ])) {
          const [old, ours, other] = [before?.get(one), left?.get(one), right?.get(one)]
          let merged = ours === old ? other : ours
          if (ours !== other && ours !== old && other !== old) {
            conflicts++
            merged = ours === undefined || other === undefined ? undefined : `${ours}/${other}`
          }
          if (merged !== undefined) expected.set(one, merged)
        }
        const result = await destination.merge(source, begun, {
          resolve: ({ destination: ours, source: other }) =>
            ours === undefined || other === undefined ? DELETE : `${ours}/${other}`,
        })
        expect(result.conflicts).toBe(conflicts)
        expect([...destination.entries()]).toEqual(sorted(expected))
        using fresh = treeOf(expected)
        expect(await destination.rootHash()).toBe(await fresh.rootHash())
      }),
      { numRuns: 100 },
    )
  })
})

describe('a store', () => {
  it('does what a sorted map does, across commits and reopening', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(operation, { minLength: 1, maxLength: 12 }), { maxLength: 4 }),
        async (rounds) => {
          const folder = temporaryFolder()
          const model = new Map<string, string>()
          const versions: [string, [string, string][]][] = []
          await (await VersionedKvStore.init(folder, { config })).close()
          for (const steps of rounds) {
            await using store = await VersionedKvStore.open(folder)
            expect([...store.entries()]).toEqual(sorted(model))
            for (const step of steps) {
              await perform(store, model, step, async () => {
                versions.push([await store.commit('Version', { allowEmpty: true }), sorted(model)])
              })
            }
            await compare(store, model)
          }
          await using store = await VersionedKvStore.open(folder)
          expect([...store.entries()]).toEqual(sorted(model))
          for (const [commit, expected] of versions) {
            using old = await store.at(commit)
            expect([...old.entries()]).toEqual(expected)
          }
        },
      ),
      { numRuns: 15 },
    )
  })
})
