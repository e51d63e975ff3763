import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  CorruptionError,
  CustomNodeStorage,
  InMemoryNodeStorage,
  ProllyError,
  ProllyTree,
  RocksDBNodeStorage,
  type StoredNode,
} from '../ts/index.js'
import { MapStorage, pause, Place, SlowStorage } from './helpers/map-storage.js'
import { temporaryFolder } from './helpers/temporary.js'

const rows = Array.from({ length: 3000 }, (_, index): [string, string] => [`row:${index}`, `value ${index}`])
const sorted = rows.toSorted(([one], [other]) => (one < other ? -1 : 1))

/** A published tree of many nodes, none of which is in the cache of the storage that is returned. */
async function published<S extends MapStorage>(make: (place: Place) => S): Promise<[S, string]> {
  const place = new Place()
  using writer = new MapStorage(place)
  using tree = ProllyTree.create({ storage: writer })
  await tree.promises.insertBatch([...rows, ['long', 'v'.repeat(200_000)]])
  return [make(place), await tree.publish('main')]
}

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe.each([
  ['synchronous', () => new MapStorage()],
  ['asynchronous', () => new SlowStorage()],
])('trees over an %s storage of the user', (_name, open) => {
  it('do all that is asynchronous', async () => {
    using storage = open()
    using tree = ProllyTree.create({ storage })
    expect(await tree.load(rows)).toEqual({ entries: 3000, keys: 3000 })
    await tree.promises.insert('long', 'v'.repeat(200_000))
    using base = await tree.snapshot()
    const rootHash = await tree.publish('main')
    expect(rootHash).toBe(base.rootHash)
    expect(rootHash).toBe(await tree.rootHash())

    using other = await ProllyTree.open(storage, 'main')
    using third = await ProllyTree.at(storage, rootHash)
    expect(await third.rootHash()).toBe(rootHash)
    const walked: [string, string][] = []
    for await (const entry of other.entries({ prefix: 'row:' })) walked.push(entry)
    expect(walked).toEqual(sorted)
    await other.promises.update('row:7', 'other')
    await tree.promises.delete('row:8')
    expect(await base.diff(other).toArray()).toEqual([
      { type: 'modified', key: 'row:7', oldValue: 'value 7', newValue: 'other' },
    ])
    expect(await tree.merge(other, base)).toEqual({ kind: 'merged', conflicts: 0 })
    expect(await tree.promises.getMany(['row:7', 'row:8', 'row:9', 'long'])).toEqual([
      'other',
      undefined,
      'value 9',
      'v'.repeat(200_000),
    ])
    const proof = await tree.generateProof('row:7')
    expect(await tree.verify(proof, 'row:7')).toBe('other')
    expect(await tree.stats()).toMatchObject({ entries: 3000 })
    expect(await tree.draw({ depth: 1 })).toContain('3000 entries')
  })

  it('are copied in both directions', async () => {
    using memory = new InMemoryNodeStorage()
    using tree = ProllyTree.create({ storage: memory })
    tree.insertBatch(rows)
    const rootHash = await tree.publish('main')
    using storage = open()
    const { nodes } = await memory.copyTo(storage, rootHash)
    expect(storage.place.nodes.size).toBe(nodes)
    using back = new InMemoryNodeStorage()
    expect(await storage.copyTo(back, rootHash)).toMatchObject({ nodes })
    using again = open()
    expect(await storage.copyTo(again, rootHash)).toMatchObject({ nodes })
    expect(again.place.nodes).toEqual(storage.place.nodes)
    using copy = await ProllyTree.at(back, rootHash)
    expect(copy.count()).toBe(3000)
  })

  it('leave garbage that is collected', async () => {
    using storage = open()
    using tree = ProllyTree.create({ storage })
    await tree.promises.insertBatch(rows)
    const kept = await tree.publish('main')
    await tree.promises.deleteRange({ prefix: 'row:1' })
    const lost = await tree.rootHash()
    const all = storage.place.nodes.size
    const dry = await storage.collectGarbage({ dryRun: true })
    expect(dry.garbage).toBeGreaterThan(1)
    expect(storage.place.nodes.size).toBe(all)
    expect(await storage.collectGarbage()).toEqual(dry)
    expect(storage.place.nodes.size).toBe(dry.live)
    expect(dry.live + dry.garbage).toBe(all)
    using still = await ProllyTree.at(storage, kept)
    expect(await still.promises.count()).toBe(3000)
    await expect(ProllyTree.at(storage, lost)).rejects.toMatchObject({ code: 'PROLLY_MISSING_NODE' })
  })

  it('may have far more operations under way than there are threads', async () => {
    const [storage] = await published((place) => Object.assign(open(), { place }))
    using tree = await ProllyTree.open(storage, 'main')
    const found = await Promise.all(rows.slice(0, 200).map(([key]) => tree.promises.get(key)))
    expect(found).toEqual(rows.slice(0, 200).map(([, value]) => value))
    await Promise.all(rows.slice(0, 200).map(([key], index) => tree.promises.update(key, `new ${index}`)))
    expect(await tree.promises.get('row:199')).toBe('new 199')
    storage.close()
  })

  it('are written to by many at once, and lose nothing', async () => {
    using storage = open()
    using tree = ProllyTree.create({ storage })
    const writes = Array.from({ length: 60 }, async (_, index) => {
      const { promises } = tree
      await promises.insert(`a${index}`, 'x'.repeat(index === 5 ? 100_000 : 3))
      await promises.insertBatch([
        [`b${index}`, '1'],
        [`c${index}`, '2'],
      ])
      await promises.updateBatch([
        [`b${index}`, '3'],
        [`missing${index}`, '2'],
      ])
      expect(await promises.delete(`c${index}`)).toBe(true)
      await tree.rootHash()
    })
    await Promise.all(writes)
    expect(await tree.promises.count()).toBe(120)
    expect(await tree.promises.count({ prefix: 'b' })).toBe(60)
    await tree.promises.deleteBatch(['a0', 'a1'])
    expect(await tree.promises.deleteRange({ prefix: 'b' })).toBe(60)
    expect(await tree.promises.first()).toEqual(['a10', 'xxx'])
  })
})

it('what is written while garbage is collected is kept', async () => {
  const write = async (storage: MapStorage, name: string): Promise<string> => {
    using tree = ProllyTree.create({ storage })
    await tree.promises.insertBatch(rows.map(([key, value]) => [key, `${name} ${value}`]))
    return tree.publish(name)
  }
  const written: Promise<string>[] = []
  class WrittenTo extends MapStorage {
    override async roots() {
      // Before anything is deleted writers go on.
      if (written.length === 0) {
        written.push(write(this, 'early'))
        await written[0]
      }
      return new Map(this.place.roots)
    }
    override addresses() {
      // From now on they wait.
      if (written.length === 1) written.push(write(this, 'late'))
      return super.addresses()
    }
  }
  using storage = new WrittenTo()
  using lost = ProllyTree.create({ storage })
  await lost.promises.insertBatch(rows)
  await lost.rootHash()
  const [first, second] = await Promise.all([storage.collectGarbage(), storage.collectGarbage()])
  expect(first.garbage + second.garbage).toBeGreaterThan(30)
  using fresh = new MapStorage(storage.place)
  for (const [index, name] of ['early', 'late'].entries()) {
    using read = await ProllyTree.open(fresh, name)
    expect(await read.rootHash()).toBe(await written[index])
    let count = 0
    for await (const value of read.values()) if (value.startsWith(name)) count++
    expect(count).toBe(3000)
  }
})

it('a large batch is applied when it takes much memory', async () => {
  using storage = new MapStorage()
  using tree = ProllyTree.create({ storage })
  const before = storage.place.nodes.size
  await tree.promises.insertBatch(Array.from({ length: 30_000 }, (_, index) => [`${index}`, 'v'.repeat(300)]))
  expect(storage.place.nodes.size).toBeGreaterThan(before + 500)
  expect(await tree.promises.count()).toBe(30_000)
})

it('a storage over one of the library finds threads for both', async () => {
  using below = await RocksDBNodeStorage.open(temporaryFolder())
  class Through extends CustomNodeStorage {
    get = (address: string) => below.get(address)
    put = (nodes: readonly StoredNode[]) => below.put(nodes)
    delete = (addresses: readonly string[]) => below.delete(addresses)
    override root = (name: string) => below.root(name)
    override compareAndSwapRoot = (name: string, expected?: string, replacement?: string) =>
      below.compareAndSwapRoot(name, expected, replacement)
  }
  using storage = new Through()
  using tree = ProllyTree.create({ storage })
  await tree.promises.insertBatch(rows)
  const rootHash = await tree.publish('main')
  using fresh = new Through()
  using read = await ProllyTree.open(fresh, 'main')
  const found = await Promise.all(rows.map(([key]) => read.promises.get(key)))
  expect(found).toEqual(rows.map(([, value]) => value))
  using direct = await ProllyTree.at(below, rootHash)
  expect(direct.count()).toBe(3000)
  expect(await below.copyTo(fresh, rootHash)).toEqual({ nodes: 0, bytes: 0 })
})

describe('synchronous operations over a storage of the user', () => {
  it('are refused, and say what to call instead', async () => {
    const [storage] = await published((place) => new MapStorage(place))
    using tree = await ProllyTree.open(storage, 'main')
    using snapshot = await tree.snapshot()
    const calls: [string, () => unknown][] = [
      ['promises.get', () => tree.get('a')],
      ['promises.getMany', () => tree.getMany(['a'])],
      ['promises.has', () => tree.has('a')],
      ['promises.count', () => tree.count()],
      ['promises.first', () => tree.first()],
      ['promises.last', () => tree.last()],
      ['promises.insert', () => tree.insert('a', '1')],
      ['promises.update', () => tree.update('a', '1')],
      ['promises.delete', () => tree.delete('a')],
      ['promises.insertBatch', () => tree.insertBatch([['a', '1']])],
      ['promises.updateBatch', () => tree.updateBatch([['a', '1']])],
      ['promises.deleteBatch', () => tree.deleteBatch(['a'])],
      ['promises.deleteRange', () => tree.deleteRange({})],
      ['promises.rank', () => tree.rank('a')],
      ['promises.nth', () => tree.nth(0)],
      ['promises.find', () => tree.find('a')],
      ['for await', () => [...tree.entries()]],
      ['for await', () => tree.keys().toArray()],
      ['promises.get', () => snapshot.get('a')],
      ['promises.rank', () => snapshot.rank('a')],
      ['for await', () => [...snapshot.values()]],
    ]
    for (const [instead, call] of calls) {
      const error = await thrownBy(call)
      expect(error).toMatchObject({ code: 'PROLLY_UNSUPPORTED', details: { storage: 'MapStorage', instead } })
      expect((error as Error).message).toContain(`use ${instead} instead`)
    }
    storage.close()
  })

  it('cannot wait for themselves in the addon either', async () => {
    const [storage] = await published((place) => new MapStorage(place))
    using tree = await ProllyTree.open(storage, 'main')
    const map = tree.native.map()
    const key = Buffer.from('row:1')
    for (const call of [
      () => map.has(key, key.length),
      () => map.count({ lower: key, lowerInclusive: true, upperInclusive: true }),
      () => map.entries({ lowerInclusive: true, upperInclusive: true }, false).fill(Buffer.alloc(4096), 1),
      () => tree.native.queries().rank(key),
    ]) {
      expect(call).toThrow('PROLLY_UNSUPPORTED')
    }
    storage.close()
  })
})

describe('what a method throws', () => {
  it('is the cause of the error of the operation', async () => {
    const mine = new TypeError('the disk is on fire')
    class Failing extends MapStorage {
      failing = ''
      override get(address: string) {
        if (this.failing === 'get') throw mine
        return super.get(address)
      }
      override async getMany(addresses: readonly string[]) {
        if (this.failing === 'getMany') throw mine
        return super.getMany(addresses)
      }
      override put(nodes: readonly StoredNode[]) {
        return this.failing === 'put' ? Promise.reject(mine) : super.put(nodes)
      }
      override compareAndSwapRoot(...swap: Parameters<MapStorage['compareAndSwapRoot']>) {
        if (this.failing === 'compareAndSwapRoot') throw mine
        return super.compareAndSwapRoot(...swap)
      }
    }
    const [storage, rootHash] = await published((place) => new Failing(place))
    using tree = await ProllyTree.at(storage, rootHash)
    using empty = new InMemoryNodeStorage()
    const cases: [string, () => Promise<unknown>][] = [
      ['get', () => tree.promises.get('row:1')],
      ['getMany', () => tree.entries({ gte: 'row:2', limit: 900 })[Symbol.asyncIterator]().toArray()],
      ['getMany', () => storage.copyTo(empty, rootHash)],
      ['put', () => tree.promises.insert('long', 'w'.repeat(100_000))],
      ['compareAndSwapRoot', () => tree.publish('main')],
    ]
    for (const [method, work] of cases) {
      storage.failing = method
      const error = await thrownBy(work)
      expect(error).toBeInstanceOf(ProllyError)
      expect(error).toMatchObject({
        code: 'PROLLY_STORAGE',
        message: `Failing.${method} failed: the disk is on fire`,
        details: { storage: 'Failing', method },
        cause: mine,
      })
      expect((error as Error).stack).toContain('custom-storage.test.ts')
    }
    // Nothing is broken by it.
    storage.failing = ''
    expect(await tree.promises.get('row:1')).toBe('value 1')
    storage.close()
  })

  it('may be anything', async () => {
    class Odd extends MapStorage {
      override get(): never {
        // oxlint-disable-next-line no-throw-literal -- users do
        throw 'text'
      }
    }
    using storage = new Odd()
    const error = await thrownBy(() => ProllyTree.at(storage, '0'.repeat(64)))
    expect(error).toMatchObject({ code: 'PROLLY_STORAGE', cause: 'text' })
  })

  it('comes out as it is when it is an error of the library', async () => {
    using below = new InMemoryNodeStorage()
    below.close()
    class Through extends MapStorage {
      override get = (address: string) => below.get(address)
    }
    using storage = new Through()
    await expect(ProllyTree.at(storage, '0'.repeat(64))).rejects.toThrow(ClosedError)
  })
})

describe('a wrong answer', () => {
  it.each<[string, string, object]>([
    ['get', 'a Uint8Array or undefined', { get: () => 'text' }],
    ['get', 'a Uint8Array or undefined', { get: async () => null }],
    ['getMany', 'an array', { getMany: () => new Map() }],
    ['getMany', 'as many elements', { getMany: () => [] }],
    ['getMany', 'Uint8Array and undefined', { getMany: (addresses: string[]) => addresses }],
    ['hasMany', 'true and false', { hasMany: (addresses: string[]) => addresses.map(() => 1) }],
    ['root', 'a root hash or undefined', { root: () => 'main' }],
    ['compareAndSwapRoot', 'true or false', { compareAndSwapRoot: () => undefined }],
    ['addresses', 'an iterable', { addresses: () => 5 }],
    ['addresses', 'of addresses', { addresses: () => ['x'] }],
    ['roots', 'a Map', { roots: () => [['main']] }],
  ])('of %s is named: must return %s', async (method, expected, wrong) => {
    const [storage, rootHash] = await published((place) => new MapStorage(place))
    using tree = await ProllyTree.at(storage, rootHash)
    using source = new InMemoryNodeStorage()
    using other = ProllyTree.create({ storage: source })
    other.insertBatch(rows.slice(0, 900))
    const otherHash = await other.publish('main')
    Object.assign(storage, wrong)
    const works: Record<string, () => Promise<unknown>> = {
      get: () => tree.promises.get('row:1'),
      getMany: () => storage.copyTo(source, rootHash),
      hasMany: () => source.copyTo(storage, otherHash),
      root: () => ProllyTree.open(storage, 'main'),
      compareAndSwapRoot: () => tree.publish('other'),
      addresses: () => storage.collectGarbage(),
      roots: () => storage.collectGarbage(),
    }
    const error = await thrownBy(works[method] as () => Promise<unknown>)
    expect(error).toMatchObject({ code: 'PROLLY_STORAGE', details: { storage: 'MapStorage', method } })
    expect((error as Error).message).toContain(`MapStorage.${method} must return`)
    expect((error as Error).message).toContain(expected)
    storage.close()
  })

  it('with other bytes is corruption that names who gave them', async () => {
    class Swapped extends MapStorage {
      override get() {
        return Buffer.from('other')
      }
    }
    const [storage, rootHash] = await published((place) => new Swapped(place))
    const error = await thrownBy(() => ProllyTree.at(storage, rootHash))
    expect(error).toBeInstanceOf(CorruptionError)
    expect((error as Error).message).toContain(`what Swapped.get answered for node ${rootHash} is corrupt`)
    storage.close()
  })

  it('without bytes is a node that is missing', async () => {
    using storage = new MapStorage()
    await expect(ProllyTree.at(storage, '0'.repeat(64))).rejects.toMatchObject({
      code: 'PROLLY_MISSING_NODE',
      message: expect.stringContaining('MapStorage'),
    })
  })
})

describe('what a storage leaves out', () => {
  class Least extends CustomNodeStorage {
    readonly nodes = new Map<string, Uint8Array>()
    get(address: string) {
      return this.nodes.get(address)
    }
    put(nodes: readonly StoredNode[]) {
      for (const { address, bytes } of nodes) this.nodes.set(address, bytes)
    }
    delete(addresses: readonly string[]) {
      for (const address of addresses) this.nodes.delete(address)
    }
  }

  it('is not needed for trees that are not published', async () => {
    using storage = new Least()
    using tree = ProllyTree.create({ storage })
    await tree.promises.insertBatch(rows)
    const rootHash = await tree.rootHash()
    using again = await ProllyTree.at(storage, rootHash)
    expect(await again.promises.count()).toBe(3000)
  })

  it('is refused with what to implement', async () => {
    using storage = new Least()
    using tree = ProllyTree.create({ storage })
    for (const [method, work] of [
      ['root', () => ProllyTree.open(storage, 'main')],
      ['compareAndSwapRoot', () => tree.publish('main')],
      ['addresses', () => storage.collectGarbage()],
    ] as const) {
      const error = await thrownBy(work)
      expect(error).toMatchObject({ code: 'PROLLY_UNSUPPORTED', details: { storage: 'Least', method } })
      expect((error as Error).message).toContain(`implement Least.${method}`)
    }
  })

  it('says what publishing would have moved', async () => {
    using storage = new Least()
    using tree = ProllyTree.create({ storage })
    const rootHash = await tree.rootHash()
    await expect(tree.publish('main')).rejects.toThrow(`cannot move "main" from nothing to ${rootHash}:`)
    expect(() => storage.compareAndSwapRoot('main', rootHash, undefined)).toThrow(
      `cannot move "main" from ${rootHash} to nothing:`,
    )
  })
})

describe('an end in the middle', () => {
  it('by closing fails what is under way, and waits for nobody', async () => {
    let asked = (): void => {}
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    class Silent extends MapStorage {
      override get(): Promise<undefined> {
        asked()
        return new Promise(() => {})
      }
    }
    const storage = new Silent()
    const opening = thrownBy(() => ProllyTree.at(storage, '0'.repeat(64)))
    const others = Array.from({ length: 40 }, () => thrownBy(() => ProllyTree.at(storage, '1'.repeat(64))))
    await isAsked
    await pause()
    storage.close()
    expect(await opening).toBeInstanceOf(ClosedError)
    for (const error of await Promise.all(others)) expect(error).toBeInstanceOf(ClosedError)
    await expect(ProllyTree.at(storage, '0'.repeat(64))).rejects.toThrow(ClosedError)
  })

  it('by an abort lets go of the caller', async () => {
    class Silent extends MapStorage {
      override get(): Promise<undefined> {
        return new Promise(() => {})
      }
    }
    const [storage, rootHash] = await published((place) => new MapStorage(place))
    const tree = await ProllyTree.at(storage, rootHash)
    Object.assign(storage, { get: Silent.prototype.get })
    const controller = new AbortController()
    const reading = thrownBy(() => tree.promises.get('row:5', { signal: controller.signal }))
    await pause()
    controller.abort(new Error('enough'))
    expect(await reading).toMatchObject({ name: 'AbortError', cause: { message: 'enough' } })
    storage.close()
  })
})
