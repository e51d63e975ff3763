import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  InvalidArgumentError,
  type KeyValueWriter,
  ProllyTree,
  RocksDBNodeStorage,
  VersionedKvStore,
} from '../ts/index.js'
import { inTransaction, surfaces } from './helpers/surfaces.js'
import { temporaryFolder } from './helpers/temporary.js'

describe.each(surfaces)('promises of $name', ({ make }) => {
  it('do what the methods of these names do', async () => {
    await exercise(await make<string, string>())
  })

  it('take encodings', async () => {
    const store = await make<Buffer, unknown>({ keyEncoding: 'buffer', valueEncoding: 'json' })
    const key = Buffer.from([0, 255])
    await store.promises.insert(key, { a: 1 })
    expect(await store.promises.get(key)).toEqual({ a: 1 })
    expect(await store.promises.get(key, { valueEncoding: 'utf8' })).toBe('{"a":1}')
    expect(await store.promises.first({ valueEncoding: 'buffer' })).toEqual([key, Buffer.from('{"a":1}')])
    const long = 'x'.repeat(300_000)
    await store.promises.insert('text', long, { keyEncoding: 'utf8', valueEncoding: 'utf8' })
    expect(await store.promises.get('text', { keyEncoding: 'utf8', valueEncoding: 'utf8' })).toBe(long)
    await store.promises.insert(Buffer.from('empty'), '', { valueEncoding: 'utf8' })
    expect(await store.promises.get(Buffer.from('empty'), { valueEncoding: 'utf8' })).toBe('')
  })

  it('refuse what the methods refuse', async () => {
    const { promises } = await make()
    for (const call of [
      () => promises.get(5 as never),
      () => promises.get('a', { reverse: true } as never),
      () => promises.getMany('a' as never),
      () => promises.has('a', { signal: 1 } as never),
      () => promises.count({ limit: -1 }),
      () => promises.first({ limit: 1 } as never),
      () => promises.insert('a', 5 as never),
      () => promises.insert('k'.repeat(10_000), ''),
      () => promises.update('a', undefined as never),
      () => promises.insertBatch([['a']] as never),
      () => promises.deleteRange(undefined as never),
    ]) {
      await expect(call()).rejects.toThrow(InvalidArgumentError)
    }
  })

  it('are given up by a signal', async () => {
    const { promises } = await make()
    const signal = AbortSignal.abort(new Error('enough'))
    for (const call of [
      () => promises.get('a', { signal }),
      () => promises.count({ signal }),
      () => promises.last({ signal }),
      () => promises.insert('a', '1', { signal }),
      () => promises.deleteRange({ signal }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'PROLLY_ABORTED', cause: { message: 'enough' } })
    }
    expect(await promises.count()).toBe(0)
  })
})

it('promises of a transaction and a snapshot', async () => {
  await inTransaction(exercise)
  await using store = await VersionedKvStore.memory()
  await store.promises.insert('a', '1')
  await store.commit('Begin', { author: { name: 'Ada', email: 'ada@example.org' } })
  const snapshot = await store.at('HEAD')
  expect(await snapshot.promises.get('a')).toBe('1')
  expect('insert' in snapshot.promises).toBe(false)
  snapshot.close()
})

async function exercise({ promises }: KeyValueWriter<string, string>): Promise<void> {
  await promises.insert('a', '1')
  expect(await promises.update('a', '2')).toBe(true)
  expect(await promises.update('b', '2')).toBe(false)
  expect(await promises.has('a')).toBe(true)
  expect(await promises.has('b')).toBe(false)
  await promises.insertBatch([
    ['c', '3'],
    ['b', '2'],
    ['d', '4'],
  ])
  expect(
    await promises.updateBatch([
      ['d', '5'],
      ['e', '5'],
    ]),
  ).toBe(1)
  expect(await promises.get('d')).toBe('5')
  expect(await promises.get('e')).toBeUndefined()
  expect(await promises.getMany(['d', 'e', 'a'])).toEqual(['5', undefined, '2'])
  expect(await promises.count()).toBe(4)
  expect(await promises.count({ gt: 'a', limit: 2 })).toBe(2)
  expect(await promises.first({ gt: 'a' })).toEqual(['b', '2'])
  expect(await promises.last()).toEqual(['d', '5'])
  expect(await promises.first({ gt: 'd' })).toBeUndefined()
  expect(await promises.delete('a')).toBe(true)
  expect(await promises.delete('a')).toBe(false)
  await promises.deleteBatch(['b', 'nothing'])
  expect(await promises.deleteRange({ prefix: 'c' })).toBe(1)
  expect(await promises.first()).toEqual(['d', '5'])
}

describe('promises of a tree', () => {
  it('know the order of keys', async () => {
    using tree = ProllyTree.create()
    tree.insertBatch(Array.from({ length: 500 }, (_, row) => [String(1000 + row), 'v']))
    using snapshot = await tree.snapshot()
    for (const { promises } of [tree, snapshot]) {
      expect(await promises.rank('1234')).toBe(tree.rank('1234'))
      expect(await promises.nth(77)).toEqual(['1077', 'v'])
      expect(await promises.nth(500)).toBeUndefined()
      expect(await promises.find('1300x')).toEqual(tree.find('1300x'))
      await expect(promises.nth(-1)).rejects.toThrow(InvalidArgumentError)
    }
    expect(tree.promises).toBe(tree.promises)
  })

  it('end with it', async () => {
    const tree = ProllyTree.create()
    tree.close()
    await expect(tree.promises.get('a')).rejects.toThrow(ClosedError)
    await expect(tree.promises.insertBatch([['a', '1']])).rejects.toThrow(ClosedError)
    await expect(tree.promises.first()).rejects.toThrow(ClosedError)
    await expect(tree.promises.rank('a')).rejects.toThrow(ClosedError)
  })

  it('mix with its methods', async () => {
    using storage = await RocksDBNodeStorage.open(temporaryFolder())
    using tree = ProllyTree.create({ storage })
    const inserted = Array.from({ length: 100 }, (_, row) => tree.promises.insert(`a${row}`, '1'))
    for (let row = 0; row < 100; row++) tree.insert(`b${row}`, '2')
    const updated = tree.promises.updateBatch([['b7', '3']])
    await Promise.all([...inserted, updated])
    expect(tree.count()).toBe(200)
    expect(tree.get('b7')).toBe('3')
  })
})
