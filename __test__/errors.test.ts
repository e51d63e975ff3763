import { describe, expect, it } from 'vitest'
import * as api from '../ts/index.js'
import { fromNative } from '../ts/errors/from-native.js'
import { addon } from '../ts/native/addon.js'

/** Codes that TypeScript alone reports. */
const OF_TYPESCRIPT = ['PROLLY_DECODE_ERROR', 'PROLLY_NATIVE_MISSING']

describe('errors', () => {
  it('have the same codes on both sides', () => {
    expect([...addon().errorCodes(), ...OF_TYPESCRIPT].toSorted()).toEqual(api.ERROR_CODES.toSorted())
  })

  it('say where the library was called', async () => {
    using tree = api.ProllyTree.create()
    const faults: (() => unknown)[] = [
      () => tree.get(5 as never),
      () => [...tree.entries({ limit: -1 })],
      async () => api.ProllyTree.open(tree.storage, 'nothing'),
      async () => api.ProllyTree.at(tree.storage, 'no hash'),
      async () => tree.snapshot({ signal: AbortSignal.abort() }),
    ]
    for (const fault of faults) {
      const error = await Promise.resolve()
        .then(fault)
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
      expect(error).toBeInstanceOf(api.ProllyError)
      const [, frame] = (error as Error).stack?.split('\n    at ') ?? []
      expect(frame).toContain('errors.test.ts')
    }
  })

  it('of the addon carry its code, details and itself as the cause', async () => {
    using storage = new api.InMemoryNodeStorage()
    const error = await api.ProllyTree.open(storage, 'draft').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(api.NotFoundError)
    expect(error).toMatchObject({
      name: 'NotFoundError',
      code: 'PROLLY_NOT_FOUND',
      message: 'there is no root "draft"',
      details: { what: 'root', name: 'draft' },
    })
    expect((error as Error).cause).toBeInstanceOf(Error)
    expect(((error as Error).cause as Error).message).toBe('there is no root "draft"')
  })

  it('keep every character of a message', async () => {
    using storage = new api.InMemoryNodeStorage()
    const name = 'quote " backslash \\ line \n tree 🌳'
    await expect(api.ProllyTree.open(storage, name)).rejects.toMatchObject({ details: { name } })
  })

  it('that are not ours pass through', () => {
    const mine = new TypeError('mine')
    expect(fromNative(mine)).toBe(mine)
    expect(fromNative('text')).toBe('text')
    const panic = Object.assign(new Error('index out of bounds'), { code: 'GenericFailure' })
    expect(fromNative(panic)).toMatchObject({ code: 'PROLLY_INTERNAL', cause: panic })
  })

  it('of callbacks and codecs pass through, even when they look like those of an addon', async () => {
    const mine = Object.assign(new Error('mine'), { code: 'GenericFailure' })
    const fail = (): never => {
      throw mine
    }
    await using store = await api.VersionedKvStore.memory()
    await expect(store.transact(fail, { message: 'Fail' })).rejects.toBe(mine)
    const codec = { name: 'failing', encode: (text: string) => Buffer.from(text), decode: fail }
    store.insert('a', '1')
    await expect(store.diff('HEAD', api.STAGED, { valueEncoding: codec }).toArray()).rejects.toBe(mine)
    await expect(store.values({ valueEncoding: codec })[Symbol.asyncIterator]().next()).rejects.toBe(mine)
    using tree = api.ProllyTree.create({ valueEncoding: codec })
    using base = await tree.snapshot()
    using other = await api.ProllyTree.at(tree.storage, base.rootHash)
    tree.insert('a', '1')
    other.insert('a', '2')
    await expect(tree.merge(other, base)).rejects.toBe(mine)
    await expect(other.merge(tree, base, { resolve: fail })).rejects.toBe(mine)
  })

  it('have a class for each code that callers branch on', () => {
    for (const [name, value] of Object.entries(api)) {
      if (!name.endsWith('Error') || name === 'ProllyError' || name === 'MergeConflictError') continue
      const error = new (value as new (message: string) => api.ProllyError)('text')
      expect(error).toBeInstanceOf(api.ProllyError)
      expect(api.ERROR_CODES).toContain(error.code)
      expect(error.name).toBe(name === 'AbortedError' ? 'AbortError' : name)
    }
  })

  it('name a hash that is none', async () => {
    using storage = new api.InMemoryNodeStorage()
    await expect(api.ProllyTree.at(storage, 'abc')).rejects.toMatchObject({ code: 'PROLLY_INVALID_ARGUMENT' })
    await expect(api.ProllyTree.at(storage, '0'.repeat(64))).rejects.toMatchObject({
      code: 'PROLLY_MISSING_NODE',
      details: { address: '0'.repeat(64), storage: 'memory' },
    })
  })

  it('name a shape that is impossible', () => {
    const config = { leaf: { window: 4, min: 8, max: 10 } }
    expect(() => api.ProllyTree.create({ config })).toThrow(
      expect.objectContaining({
        code: 'PROLLY_INVALID_ARGUMENT',
        message: expect.stringContaining('leaf max is 10'),
      }),
    )
    expect(() => api.ProllyTree.create({ config: { inlineValueMax: 1.5 } })).toThrow(
      'config.inlineValueMax must be',
    )
    expect(() => api.ProllyTree.create({ config: { leaf: { window: 4, min: 8, max: 70_000 } } })).toThrow(
      'config.leaf.max',
    )
  })
})
