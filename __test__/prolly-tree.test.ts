import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import {
  ConflictError,
  DELETE,
  FileNodeStorage,
  GitNodeStorage,
  InMemoryNodeStorage,
  MergeConflictError,
  type NodeStorage,
  NotFoundError,
  ProllyTree,
  RocksDBNodeStorage,
} from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

const storages: [string, () => Promise<NodeStorage>][] = [
  ['in memory', async () => new InMemoryNodeStorage()],
  ['in Git', () => GitNodeStorage.init(temporaryFolder())],
  ['in files', () => FileNodeStorage.open(temporaryFolder())],
  ['in RocksDB', () => RocksDBNodeStorage.open(temporaryFolder())],
]

describe.each(storages)('a tree %s', (_name, makeStorage) => {
  it('is published and opened by name', async () => {
    using storage = await makeStorage()
    using tree = ProllyTree.create({ storage, valueEncoding: 'json' })
    tree.insertBatch(Array.from({ length: 3000 }, (_, index) => [`row:${index}`, { index }]))
    expect(await storage.root('main')).toBeUndefined()
    const first = await tree.publish('main')
    expect(await storage.root('main')).toBe(first)
    expect(first).toBe(await tree.rootHash())
    using again = await ProllyTree.open(storage, 'main', { valueEncoding: 'json' })
    expect(again.get('row:7')).toEqual({ index: 7 })
    expect(again.config).toEqual(tree.config)
    again.insert('row:7', 'changed')
    const second = await again.publish('main')
    expect(second).not.toBe(first)
    expect(tree.get('row:7')).toEqual({ index: 7 })
    tree.insert('row:8', 'changed too')
    await expect(tree.publish('main')).rejects.toThrow(ConflictError)
    expect(await storage.root('main')).toBe(second)
    await tree.publish('main', { expected: second })
    await expect(tree.publish('main', { expected: null })).rejects.toMatchObject({ code: 'PROLLY_CONFLICT' })
    await expect(ProllyTree.open(storage, 'other')).rejects.toThrow(NotFoundError)
  })

  it('is opened by its root hash, with the shape it was made with', async () => {
    using storage = await makeStorage()
    const config = { leaf: { window: 2, min: 2, max: 8 }, inlineValueMax: 10 }
    using tree = ProllyTree.create({ storage, config })
    tree.insertBatch(Array.from({ length: 200 }, (_, index) => [`row:${index}`, 'v'.repeat(index)]))
    const rootHash = await tree.publish('main')
    using again = await ProllyTree.at(storage, rootHash)
    expect(again.config).toMatchObject(config)
    expect([...again.entries()]).toEqual([...tree.entries()])
    expect(await again.rootHash()).toBe(rootHash)
  })
})

describe('a tree', () => {
  it('in Git is read by another process of Git', async () => {
    const folder = temporaryFolder()
    using storage = await GitNodeStorage.init(folder)
    using tree = ProllyTree.create({ storage })
    tree.insertBatch(Array.from({ length: 3000 }, (_, index) => [`row:${index}`, 'value']))
    const rootHash = await tree.publish('main')
    const clone = temporaryFolder()
    execFileSync('git', ['clone', '--quiet', '--bare', `file://${folder}`, `${clone}/copy.git`])
    using cloned = await GitNodeStorage.open(`${clone}/copy.git`)
    using copy = await ProllyTree.open(cloned, 'main')
    expect(await copy.rootHash()).toBe(rootHash)
    expect(copy.count()).toBe(3000)
  })

  it('has a root hash of its entries and shape alone', async () => {
    using one = ProllyTree.create()
    using other = ProllyTree.create()
    using shaped = ProllyTree.create({ config: { inlineValueMax: 100 } })
    const entries = Array.from({ length: 1000 }, (_, index): [string, string] => [`k${index}`, `v${index}`])
    one.insertBatch(entries)
    for (const [key, value] of entries.toReversed()) other.insert(key, value)
    shaped.insertBatch(entries)
    expect(await other.rootHash()).toBe(await one.rootHash())
    expect(await shaped.rootHash()).not.toBe(await one.rootHash())
  })

  it('says what changed to another', async () => {
    using tree = ProllyTree.create()
    tree.insertBatch([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ])
    using before = await tree.snapshot()
    tree.update('b', '9')
    tree.delete('a')
    tree.insert('d', '4')
    const changes = [
      { type: 'removed', key: 'a', oldValue: '1' },
      { type: 'modified', key: 'b', oldValue: '2', newValue: '9' },
      { type: 'added', key: 'd', newValue: '4' },
    ]
    expect(await before.diff(tree).toArray()).toEqual(changes)
    expect((await tree.diff(before).toArray()).map(({ type }) => type)).toEqual([
      'added',
      'modified',
      'removed',
    ])
    expect(await before.diff(tree, { gte: 'b', limit: 1 }).toArray()).toEqual(changes.slice(1, 2))
    expect(await before.diff(tree, { prefix: 'd', valueEncoding: 'buffer' }).toArray()).toEqual([
      { type: 'added', key: 'd', newValue: Buffer.from('4') },
    ])
    expect(await tree.diff(tree).toArray()).toEqual([])
    await expect(tree.diff({} as never).toArray()).rejects.toThrow('tree must be a ProllyTree')
  })

  describe('merged with another', () => {
    async function diverged(): Promise<{
      tree: ProllyTree<string, string>
      other: ProllyTree<string, string>
      base: Awaited<ReturnType<ProllyTree<string, string>['snapshot']>>
    }> {
      const tree = ProllyTree.create()
      tree.insertBatch(['a', 'b', 'c', 'd', 'e'].map((key) => [key, 'base']))
      const base = await tree.snapshot()
      const other = await ProllyTree.at(tree.storage, base.rootHash)
      tree.insertBatch([
        ['a', 'mine'],
        ['b', 'mine'],
        ['d', 'same'],
      ])
      tree.delete('c')
      other.insertBatch([
        ['b', 'theirs'],
        ['c', 'theirs'],
        ['d', 'same'],
        ['e', 'theirs'],
        ['f', 'new'],
      ])
      return { tree, other, base }
    }
    const conflicts = [
      { key: 'b', base: 'base', destination: 'mine', source: 'theirs' },
      { key: 'c', base: 'base', source: 'theirs' },
    ]

    it('lists its conflicts and changes nothing', async () => {
      const { tree, other, base } = await diverged()
      const before = await tree.rootHash()
      const error = await tree.merge(other, base).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(MergeConflictError)
      expect(error).toMatchObject({ code: 'PROLLY_MERGE_CONFLICT', conflicts, more: false, namespaces: [] })
      expect((error as Error).message).toContain('"b", "c"')
      expect(await tree.rootHash()).toBe(before)
    })

    it.each([
      ['takeSource', { a: 'mine', b: 'theirs', c: 'theirs', d: 'same', e: 'theirs', f: 'new' }],
      ['takeDestination', { a: 'mine', b: 'mine', d: 'same', e: 'theirs', f: 'new' }],
      ['ignoreAll', { a: 'mine', b: 'mine', d: 'same', e: 'theirs', f: 'new' }],
    ] as const)('settles conflicts by %s', async (strategy, merged) => {
      const { tree, other, base } = await diverged()
      expect(await tree.merge(other, base, { strategy })).toEqual({ kind: 'merged', conflicts: 2 })
      expect(Object.fromEntries(tree.entries())).toEqual(merged)
    })

    it('asks a resolver, in key order and one at a time', async () => {
      const { tree, other, base } = await diverged()
      const asked: unknown[] = []
      const result = await tree.merge(other, base, {
        async resolve(conflict) {
          asked.push(conflict)
          await Promise.resolve()
          return conflict.destination === undefined ? DELETE : `${conflict.destination}+${conflict.source}`
        },
      })
      expect(asked).toEqual(conflicts)
      expect(result.conflicts).toBe(2)
      expect(Object.fromEntries(tree.entries())).toEqual({
        a: 'mine',
        b: 'mine+theirs',
        d: 'same',
        e: 'theirs',
        f: 'new',
      })
    })

    it('aborts with what a resolver throws, or with a wrong answer', async () => {
      const { tree, other, base } = await diverged()
      const before = await tree.rootHash()
      const mine = new TypeError('mine')
      const resolve = (): never => {
        throw mine
      }
      await expect(tree.merge(other, base, { resolve })).rejects.toBe(mine)
      await expect(tree.merge(other, base, { resolve: () => undefined as never })).rejects.toThrow(
        'the answer of resolve must be a value, DELETE, TAKE_SOURCE or TAKE_DESTINATION, not undefined',
      )
      await expect(tree.merge(other, base, { resolve: () => 5 as never })).rejects.toThrow('must be a string')
      await expect(tree.merge(other, base, { strategy: 'ours' as never })).rejects.toThrow("'takeSource'")
      expect(await tree.rootHash()).toBe(before)
    })

    it('refuses to lose what is written meanwhile', async () => {
      const { tree, other, base } = await diverged()
      const resolve = (): string => {
        tree.insert('g', 'late')
        return 'resolved'
      }
      await expect(tree.merge(other, base, { resolve })).rejects.toThrow(ConflictError)
      expect(tree.get('g')).toBe('late')
      expect(tree.get('b')).toBe('mine')
    })
  })

  it('keeps what is written while a load is under way', async () => {
    const entries = Array.from({ length: 30_000 }, (_, row): [string, string] => [
      `row:${String(row).padStart(6, '0')}`,
      'value '.repeat(10),
    ])
    using tree = ProllyTree.create()
    async function* rows(): AsyncGenerator<[string, string]> {
      for (const [row, entry] of entries.entries()) {
        if (row === 20_000) {
          tree.insert('row:000001', 'overwritten by the load')
          tree.insert('written', '1')
        }
        yield entry
      }
    }
    expect(await tree.load(rows())).toEqual({ entries: 30_000, keys: 30_000 })
    using expected = ProllyTree.create()
    expected.insertBatch([...entries, ['written', '1']])
    expect(await tree.rootHash()).toBe(await expected.rootHash())
  })
})
