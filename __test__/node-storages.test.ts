import { readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type BuiltInNodeStorage,
  FileNodeStorage,
  GitNodeStorage,
  InMemoryNodeStorage,
  InvalidArgumentError,
  LockedError,
  type NodeStorage,
  ProllyTree,
  RocksDBNodeStorage,
} from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

const storages: [string, () => Promise<BuiltInNodeStorage>][] = [
  ['memory', async () => new InMemoryNodeStorage()],
  ['files', () => FileNodeStorage.open(temporaryFolder(), { durability: 'off' })],
  ['RocksDB', () => RocksDBNodeStorage.open(temporaryFolder(), { durability: 'off' })],
  ['Git', () => GitNodeStorage.init(temporaryFolder())],
]
const rows = Array.from({ length: 2000 }, (_, index): [string, string] => [`row:${index}`, `value ${index}`])

describe.each(storages)('trees are copied to %s', (_name, open) => {
  it('whole, then what is new', async () => {
    using source = await RocksDBNodeStorage.open(temporaryFolder())
    using tree = ProllyTree.create({ storage: source })
    tree.insertBatch([...rows, ['long', 'v'.repeat(200_000)]])
    const first = await tree.publish('main')
    using target = await open()
    const whole = await source.copyTo(target, first)
    expect(whole.nodes).toBeGreaterThan(60)
    expect(whole.bytes).toBeGreaterThan(200_000)
    using copy = await ProllyTree.at(target, first)
    await copy.publish('main')
    expect([...copy.entries()]).toEqual([...tree.entries()])
    expect(await source.copyTo(target, first)).toEqual({ nodes: 0, bytes: 0 })
    tree.insert('row:7', 'changed')
    const second = await tree.publish('main')
    const changed = await source.copyTo(target, second)
    expect(changed.nodes).toBeGreaterThan(0)
    expect(changed.nodes).toBeLessThan(8)
  })
})

describe.each(storages.slice(0, 3))('garbage in %s', (_name, open) => {
  it('goes, and what is published or named stays', async () => {
    using storage = await open()
    using tree = ProllyTree.create({ storage })
    tree.insertBatch(rows)
    const published = await tree.publish('main')
    using other = ProllyTree.create({ storage })
    other.insertBatch(rows.map(([key, value]) => [key, `${value}, but other`]))
    const named = await other.publish('draft')
    using third = ProllyTree.create({ storage })
    third.insertBatch(rows.map(([key, value]) => [key, `${value}, of no use`]))
    const lost = await third.publish('draft', { expected: named })
    await other.publish('draft', { expected: lost })
    const dry = await storage.collectGarbage({ roots: [named], grace: 0, dryRun: true })
    expect(dry.garbage).toBeGreaterThan(30)
    using still = await ProllyTree.at(storage, lost)
    expect(still.count()).toBe(2000)
    expect(await storage.collectGarbage({ roots: [named], grace: 0 })).toEqual(dry)
    for (const rootHash of [published, named]) {
      using kept = await ProllyTree.at(storage, rootHash)
      expect([...kept.entries()]).toHaveLength(2000)
    }
    await expect(ProllyTree.at(storage, lost)).rejects.toMatchObject({ code: 'PROLLY_MISSING_NODE' })
    expect(await storage.collectGarbage({ grace: 0 })).toMatchObject({ garbage: 0 })
  })
})

it('Git collects its garbage itself', async () => {
  using storage = await GitNodeStorage.init(temporaryFolder())
  await expect(storage.collectGarbage()).rejects.toMatchObject({
    code: 'PROLLY_UNSUPPORTED',
    message: expect.stringContaining('git gc'),
  })
})

describe('a storage in RocksDB', () => {
  it('is open once, and free again when it and its trees are closed', async () => {
    const folder = temporaryFolder()
    const storage = await RocksDBNodeStorage.open(folder)
    const tree = ProllyTree.create({ storage })
    tree.insertBatch(rows)
    await tree.publish('main')
    await expect(RocksDBNodeStorage.open(folder)).rejects.toThrow(LockedError)
    tree.close()
    storage.close()
    using again = await RocksDBNodeStorage.open(folder, { compression: 'none', blockCacheBytes: 2 ** 20 })
    using read = await ProllyTree.open(again, 'main')
    expect(read.count()).toBe(2000)
  })

  it('is backed up while in use', async () => {
    using storage = await RocksDBNodeStorage.open(temporaryFolder())
    using tree = ProllyTree.create({ storage })
    tree.insertBatch(rows)
    const rootHash = await tree.publish('main')
    const folder = `${temporaryFolder()}/backup`
    await storage.checkpoint(folder)
    await expect(storage.checkpoint(folder)).rejects.toMatchObject({ code: 'PROLLY_ALREADY_EXISTS' })
    using backup = await RocksDBNodeStorage.open(folder)
    expect(await backup.root('main')).toBe(rootHash)
  })

  it.each([
    { compression: 'gzip' },
    { durability: 'sometimes' },
    { blockCacheBytes: 1 },
    { writeBufferBytes: 2.5 },
    { filterBits: 99 },
    { openFilesMax: -1 },
    { cacheSize: 1 },
  ])('refuses %o', async (options) => {
    const folder = temporaryFolder()
    await expect(RocksDBNodeStorage.open(folder, options as object)).rejects.toThrow(InvalidArgumentError)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe.each([
  ['files', (path: string) => FileNodeStorage.open(path)],
  ['RocksDB', (path: string) => RocksDBNodeStorage.open(path)],
])('a folder of something else', (name, open) => {
  it(`is not taken for ${name}`, async () => {
    const folder = temporaryFolder()
    writeFileSync(`${folder}/notes.txt`, 'mine')
    await expect(open(folder)).rejects.toMatchObject({ code: expect.stringMatching(/^PROLLY_/) })
    await expect(open(`${folder}/notes.txt`)).rejects.toMatchObject({
      code: expect.stringMatching(/^PROLLY_/),
    })
    expect(readdirSync(folder)).toEqual(['notes.txt'])
  })
})

describe.each(storages)('nodes in %s', (_name, open) => {
  it('are put and got one by one', async () => {
    using memory = new InMemoryNodeStorage()
    using tree = ProllyTree.create({ storage: memory })
    tree.insert('a', '1')
    const address = await tree.rootHash()
    const bytes = (await memory.get(address)) ?? Buffer.alloc(0)
    using storage = await open()
    expect(await storage.get(address)).toBeUndefined()
    await storage.put([{ address, bytes }])
    expect(await storage.get(address)).toEqual(bytes)
    expect(await storage.getMany([address, '0'.repeat(64), address])).toEqual([bytes, undefined, bytes])
    expect(await storage.compareAndSwapRoot('main', undefined, address)).toBe(true)
    expect(await storage.compareAndSwapRoot('main', undefined, address)).toBe(false)
    expect(await storage.roots()).toEqual(new Map([['main', address]]))
    await storage.sync()
    // What is handed out is a copy.
    bytes.fill(0)
    ;(await storage.get(address))?.fill(0)
    using read = await ProllyTree.open(storage, 'main')
    expect(read.get('a')).toBe('1')
  })

  it('are refused when they are not what they say', async () => {
    using storage = await open()
    const bytes = Buffer.from('no node')
    const nodes: [unknown, string][] = [
      [[{ address: '0'.repeat(64), bytes }], 'nodes[0]: node 0000'],
      [[{ address: 'abc', bytes }], 'nodes[0]: an address is 64'],
      [[{ address: 'abc', bytes: 'text' }], 'nodes[0].bytes must be a Uint8Array'],
      [[{ bytes }], 'nodes[0].address must be a string'],
      [[undefined], 'nodes[0].address must be a string'],
      [{}, 'nodes must be an array'],
    ]
    for (const [wrong, message] of nodes) {
      const error = await storage.put(wrong as never).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect((error as Error).message).toContain(message)
    }
    await expect(storage.get('abc')).rejects.toThrow(InvalidArgumentError)
    await expect(storage.getMany('abc' as never)).rejects.toThrow(InvalidArgumentError)
    await expect(storage.compareAndSwapRoot('main', 'x', undefined)).rejects.toThrow(InvalidArgumentError)
    storage.close()
    await expect(storage.get('0'.repeat(64))).rejects.toMatchObject({ code: 'PROLLY_CLOSED' })
  })
})

it('Git keeps nodes that branches reach', async () => {
  using storage = await GitNodeStorage.init(temporaryFolder())
  await expect(storage.delete(['0'.repeat(64)])).rejects.toMatchObject({
    code: 'PROLLY_UNSUPPORTED',
    message: expect.stringContaining('git gc'),
  })
})

it('arguments of copies and collections are checked', async () => {
  using storage = new InMemoryNodeStorage()
  await expect(storage.copyTo({} as NodeStorage, 'a')).rejects.toThrow(InvalidArgumentError)
  await expect(storage.copyTo(storage, 'no hash')).rejects.toThrow(InvalidArgumentError)
  await expect(storage.copyTo(storage, '0'.repeat(64)))
    .resolves.toBeDefined()
    .catch(() => undefined)
  await expect(storage.collectGarbage({ roots: 'a' as never })).rejects.toThrow(InvalidArgumentError)
  await expect(storage.collectGarbage({ grace: -1 })).rejects.toThrow(InvalidArgumentError)
  await expect(storage.collectGarbage({ dryRun: 1 as never })).rejects.toThrow(InvalidArgumentError)
  await expect(storage.collectGarbage({ roots: ['no hash'] })).rejects.toThrow(InvalidArgumentError)
})
