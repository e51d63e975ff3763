import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  ClosedError,
  GitNodeStorage,
  InMemoryNodeStorage,
  InvalidProofError,
  ProllyTree,
  type ProllyTreeSnapshot,
} from '../ts/index.js'
import { addon } from '../ts/native/addon.js'
import { collectGarbage, liveObjects } from './helpers/live-objects.js'
import { MapStorage } from './helpers/map-storage.js'
import { temporaryFolder } from './helpers/temporary.js'

function filled(entries: number): ProllyTree<string, string> {
  const tree = ProllyTree.create()
  tree.insertBatch(Array.from({ length: entries }, (_, index) => [String(index), 'value']))
  return tree
}

describe('lifetimes', () => {
  let before = 0
  beforeEach(async () => {
    before = await liveObjects()
  })

  it('end with close, which may be called again', () => {
    const tree = filled(10)
    expect(tree.isOpen).toBe(true)
    tree.close()
    tree.close()
    expect(tree.isOpen).toBe(false)
    for (const use of [
      () => tree.get('1'),
      () => tree.has('1'),
      () => tree.insert('1', '2'),
      () => tree.update('1', '2'),
      () => tree.delete('1'),
      () => tree.insertBatch([['1', '2']]),
      () => tree.deleteBatch(['1']),
      () => tree.getMany(['1']),
      () => tree.count(),
      () => tree.deleteRange({}),
      () => tree.entries(),
    ]) {
      expect(use).toThrow(ClosedError)
    }
  })

  it('reject promises after close', async () => {
    const tree = filled(10)
    tree.close()
    await expect(tree.rootHash()).rejects.toThrow(ClosedError)
    await expect(tree.snapshot()).rejects.toThrow('the tree is closed')
    await expect(tree.load([])).rejects.toMatchObject({ code: 'PROLLY_CLOSED', details: { what: 'tree' } })
  })

  it('of trees and snapshots end with their storage', async () => {
    const storage = new InMemoryNodeStorage()
    const tree = ProllyTree.create({ storage })
    tree.insert('a', '1')
    const snapshot = await tree.snapshot()
    tree.close()
    expect(snapshot.get('a')).toBe('1')
    storage.close()
    expect(() => snapshot.get('a')).toThrow('the storage is closed')
    expect(snapshot.isOpen).toBe(false)
    expect(() => ProllyTree.create({ storage })).toThrow(ClosedError)
  })

  it('of iterations end with what they walk over', async () => {
    const tree = filled(1000)
    const iterator = tree.keys()[Symbol.iterator]()
    iterator.next()
    const walk = tree.keys()[Symbol.asyncIterator]()
    await walk.next()
    tree.close()
    expect(() => iterator.next()).toThrow(ClosedError)
    await expect(walk.next()).rejects.toThrow(ClosedError)
    await expect(walk.next()).resolves.toEqual({ done: true, value: undefined })
  })

  it('leave nothing behind when everything is closed', async () => {
    using storage = await GitNodeStorage.init(temporaryFolder())
    using tree = ProllyTree.create({ storage })
    tree.insertBatch(Array.from({ length: 2000 }, (_, index) => [String(index), 'value']))
    {
      using older = await tree.snapshot()
      tree.insert('new', '1')
      using newer = await tree.snapshot()
      expect(await older.diff(newer).toArray()).toHaveLength(1)
    }
    for (const _ of tree.keys()) break
    for await (const _ of tree.keys()) break
    await tree.verify(await tree.generateProof({}), {})
    await expect(tree.verify(new Uint8Array(), {})).rejects.toThrow(InvalidProofError)
    tree.first()
    await tree.load([['loaded', '1']])
    await expect(tree.load([['x', 1 as never]])).rejects.toThrow('entries[0]: value must be a string')
    tree.close()
    storage.close()
    expect(addon().liveObjects()).toBe(before)
  })

  it('of iterations end with break, return and throw', async () => {
    using tree = filled(5000)
    const open = addon().liveObjects()
    for (const key of tree.keys()) if (key === '3') break
    expect(addon().liveObjects()).toBe(open)
    expect(() => {
      for (const _ of tree.entries()) throw new Error('mine')
    }).toThrow('mine')
    expect(addon().liveObjects()).toBe(open)
    const [first] = tree.values()
    expect(first).toBe('value')
    expect(addon().liveObjects()).toBe(open)
    {
      using iterator = tree.keys()[Symbol.iterator]()
      iterator.next()
      expect(addon().liveObjects()).toBe(open + 1)
    }
    for await (const key of tree.keys()) if (key === '3') break
    await expect(
      (async () => {
        for await (const _ of tree.keys()) throw new Error('mine')
      })(),
    ).rejects.toThrow('mine')
    {
      await using walk = tree.keys()[Symbol.asyncIterator]()
      await walk.next()
    }
    expect(await liveObjects()).toBe(open)
    expect(tree.keys().toArray()).toHaveLength(5000)
    expect(addon().liveObjects()).toBe(open)
  })

  it('of forgotten things end with the garbage collector', async () => {
    const makeGarbage = async (): Promise<void> => {
      const tree = filled(100)
      await tree.snapshot()
      tree.keys()[Symbol.iterator]().next()
      await tree.keys()[Symbol.asyncIterator]().next()
    }
    for (let round = 0; round < 20; round++) await makeGarbage()
    // The collector may hold on to what was used last for a while, and have held on to something of an earlier test.
    await expect.poll(liveObjects, { timeout: 4000, interval: 20 }).toBeLessThanOrEqual(before)
  })

  it('of a forgotten storage of the user last as long as something of it is in use', async () => {
    const forgotten: WeakRef<MapStorage>[] = []
    const make = async (): Promise<ProllyTreeSnapshot<string, string>> => {
      const storage = new MapStorage()
      forgotten.push(new WeakRef(storage))
      const tree = ProllyTree.create({ storage })
      await tree.promises.insertBatch([['a', '1']])
      return tree.snapshot()
    }
    let snapshot: ProllyTreeSnapshot<string, string> | undefined = await make()
    await collectGarbage()
    expect(forgotten[0]?.deref()?.isOpen).toBe(true)
    expect(await snapshot.promises.get('a')).toBe('1')
    snapshot = undefined
    await expect.poll(liveObjects, { timeout: 4000, interval: 20 }).toBeLessThanOrEqual(before)
    expect(forgotten[0]?.deref()).toBeUndefined()
  })

  it('are given up by a signal', async () => {
    using tree = filled(5000)
    const controller = new AbortController()
    const walk = tree.keys({ signal: controller.signal })[Symbol.asyncIterator]()
    await walk.next()
    controller.abort()
    await expect(walk.next()).rejects.toMatchObject({ name: 'AbortError', code: 'PROLLY_ABORTED' })
    await expect(tree.rootHash({ signal: controller.signal })).rejects.toMatchObject({
      code: 'PROLLY_ABORTED',
    })
    expect(() => tree.keys({ signal: 'now' as never })).toThrow("signal must be an AbortSignal, not 'now'")
    expect(await tree.rootHash()).toHaveLength(64)
  })

  it('do not grow memory with each read', async () => {
    using tree = ProllyTree.create({ valueEncoding: 'buffer' })
    tree.insert('key', Buffer.alloc(1024, 1))
    const round = async (): Promise<number> => {
      for (let count = 0; count < 200_000; count++) {
        tree.get('key')
        if (count % 1000 === 0) await setImmediate()
      }
      await collectGarbage()
      return process.memoryUsage().arrayBuffers
    }
    await round()
    const warm = await round()
    // 200,000 reads hand out 200 MB.
    expect((await round()) - warm).toBeLessThan(20 * 1024 * 1024)
  })
})
