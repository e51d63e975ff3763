import { describe, expect, it } from 'vitest'
import { AlreadyExistsError, InvalidArgumentError, type KeyValueStore } from '../ts/index.js'
import { inTransaction, surfaces } from './helpers/surfaces.js'

describe.each(surfaces)('keys and values of a $name', (surface) => {
  it('inserts, replaces, updates and deletes', async () => {
    const map = await surface.make()
    expect(map.get('a')).toBeUndefined()
    map.insert('a', '1')
    map.insert('a', '2')
    expect(map.get('a')).toBe('2')
    expect(map.update('a', '3')).toBe(true)
    expect(map.update('b', '3')).toBe(false)
    expect(map.has('b')).toBe(false)
    expect(map.get('a')).toBe('3')
    expect(map.delete('a')).toBe(true)
    expect(map.delete('a')).toBe(false)
    expect(map.count()).toBe(0)
  })

  it('writes batches', async () => {
    const map = await surface.make()
    map.insertBatch([
      ['b', '1'],
      ['a', '1'],
      ['b', '2'],
    ])
    map.insertBatch(new Map([['c', '3']]))
    expect(map.getMany(['c', 'x', 'b', 'a', 'b'])).toEqual(['3', undefined, '2', '1', '2'])
    expect(
      map.updateBatch([
        ['a', '9'],
        ['x', '9'],
      ]),
    ).toBe(1)
    map.deleteBatch(['b', 'x'])
    expect([...map.entries()]).toEqual([
      ['a', '9'],
      ['c', '3'],
    ])
    map.insertBatch([])
    expect(map.getMany([])).toEqual([])
  })

  it('walks over ranges in both directions', async () => {
    const map = await surface.make()
    const keys = Array.from({ length: 600 }, (_, index) => `key:${String(index).padStart(4, '0')}`)
    map.insertBatch(keys.map((key) => [key, key.slice(4)]))
    map.insertBatch([
      ['kez', 'after'],
      ['a', 'before'],
    ])
    expect([...map.keys({ prefix: 'key:' })]).toEqual(keys)
    expect([...map.keys({ prefix: 'key:', reverse: true })]).toEqual(keys.toReversed())
    expect([...map.keys({ gte: 'key:0010', lt: 'key:0020' })]).toEqual(keys.slice(10, 20))
    expect([...map.keys({ gt: 'key:0010', lte: 'key:0020' })]).toEqual(keys.slice(11, 21))
    expect([...map.values({ gt: 'key:0010', limit: 2 })]).toEqual(['0011', '0012'])
    expect([...map.entries({ lt: 'key:0300', reverse: true, limit: 1 })]).toEqual([['key:0299', '0299']])
    expect([...map.keys({ gte: 'key:0500', prefix: 'key:05', lt: 'key:0502' })]).toEqual(keys.slice(500, 502))
    expect([...map.keys({ gt: 'b', lt: 'a' })]).toEqual([])
    expect([...map.keys({ limit: 0 })]).toEqual([])
    expect(map.count()).toBe(602)
    expect(map.count({ prefix: 'key:' })).toBe(600)
    expect(map.count({ prefix: 'key:', limit: 5 })).toBe(5)
    const seen: string[] = []
    for await (const key of map.keys({ prefix: 'key:' })) seen.push(key)
    expect(seen).toEqual(keys)
    expect(await map.keys({ prefix: 'key:', limit: 300 })[Symbol.asyncIterator]().toArray()).toEqual(
      keys.slice(0, 300),
    )
  })

  it('shows an iteration the moment it began at', async () => {
    const map = await surface.make()
    map.insertBatch(Array.from({ length: 1000 }, (_, index) => [String(index), 'old']))
    const iterator = map.values()[Symbol.iterator]()
    expect(iterator.next().value).toBe('old')
    map.insertBatch(Array.from({ length: 1000 }, (_, index) => [String(index), 'new']))
    map.deleteRange({ prefix: '5' })
    expect(new Set(iterator)).toEqual(new Set(['old']))
    expect(new Set(map.values())).toEqual(new Set(['new']))
  })

  it('lets one iteration run inside another', async () => {
    const map = await surface.make()
    map.insertBatch(Array.from({ length: 40 }, (_, index) => [String(index + 10), 'x']))
    let pairs = 0
    for (const one of map.keys()) for (const other of map.keys()) pairs += Number(one < other)
    expect(pairs).toBe((40 * 39) / 2)
  })

  it('deletes ranges', async () => {
    const map = await surface.make()
    map.insertBatch(Array.from({ length: 500 }, (_, index) => [`k${index}`, '']))
    expect(map.deleteRange({ prefix: 'k1' })).toBe(111)
    expect(map.count()).toBe(389)
    expect(map.deleteRange({})).toBe(389)
    expect(map.count()).toBe(0)
  })

  it.each([0, 1, 1024, 1025, 65_536, 65_537, 300_000, 3_000_000])(
    'keeps a value of %i bytes',
    async (length) => {
      const map = await surface.make<string, Uint8Array>({ valueEncoding: 'buffer' })
      const value = Buffer.alloc(length, 'prolly tree ')
      map.insert('before', Buffer.from('1'))
      map.insert('key', value)
      map.insert('later', Buffer.from('2'))
      expect(value.equals(map.get('key') as Buffer)).toBe(true)
      expect([...map.values()].map((bytes) => bytes.length)).toEqual([1, length, 1])
      for await (const [key, bytes] of map.entries({ prefix: 'key' })) {
        expect([key, value.equals(bytes)]).toEqual(['key', true])
      }
      expect(map.getMany(['key']).map((bytes) => bytes?.length)).toEqual([length])
      expect(map.update('key', value.subarray(1))).toBe(true)
      expect(map.get('key')?.length).toBe(Math.max(0, length - 1))
    },
  )

  it('takes keys up to 8 KiB and refuses longer ones', async () => {
    const map = await surface.make()
    const longest = 'k'.repeat(8192)
    map.insert(longest, '1')
    expect(map.get(longest)).toBe('1')
    expect(() => map.insert(`${longest}k`, '1')).toThrow(InvalidArgumentError)
    expect(() =>
      map.insertBatch([
        ['a', '1'],
        [`${longest}k`, '1'],
      ]),
    ).toThrow(InvalidArgumentError)
    expect(map.get('k'.repeat(100_000))).toBeUndefined()
    expect([...map.keys()]).toEqual([longest])
  })

  it('loads from iterables of both kinds', async () => {
    const map = await surface.make()
    map.insert('old', '1')
    async function* rows(): AsyncGenerator<[string, string]> {
      for (let row = 20_000; row > 0; row--) yield [`row:${row % 10_000}`, 'value '.repeat(8)]
    }
    expect(await map.load(rows())).toEqual({ entries: 20_000, keys: 10_000 })
    expect(map.count()).toBe(10_001)
    expect(await map.load([['row:1', 'new']])).toEqual({ entries: 1, keys: 1 })
    expect(map.get('row:1')).toBe('new')
    await map.load([['only', '1']], { replace: true })
    expect([...map.keys()]).toEqual(['only'])
  })

  it('loads many pages in their order, whether keys come in order, stop doing so or never do', async () => {
    const row = (number: number, value: number): [string, string] => [
      `row:${String(number).padStart(6, '0')}`,
      `${value}:`.padEnd(100, '.'),
    ]
    const inOrder = Array.from({ length: 20_000 }, (_, number) => row(number, 0))
    const again = Array.from({ length: 9000 }, (_, number) => row(6 * (number % 3000), number + 1))
    const expected = new Map([...inOrder, ...again])
    const roots: unknown[] = []
    for (const entries of [
      inOrder.map(([key]): [string, string] => [key, expected.get(key) ?? '']),
      [...inOrder, ...again],
      [...inOrder.toReversed(), ...again],
    ]) {
      const map = await surface.make()
      expect(await map.load(entries)).toEqual({ entries: entries.length, keys: 20_000 })
      roots.push([...map.entries()])
    }
    expect(roots[0]).toEqual([...expected])
    expect(roots[1]).toEqual(roots[0])
    expect(roots[2]).toEqual(roots[0])
  })

  it('loads all or nothing', async () => {
    const map = await surface.make()
    map.insert('old', '1')
    const twice: [string, string][] = [
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
    ]
    await expect(map.load(twice, { onDuplicate: 'error', replace: true })).rejects.toThrow(AlreadyExistsError)
    expect([...map.keys()]).toEqual(['old'])
    expect(await map.load([...twice.slice(0, 2), ['a', '1']], { onDuplicate: 'error' })).toEqual({
      entries: 3,
      keys: 2,
    })
    const broken = new Error('the source broke')
    async function* breaking(): AsyncGenerator<[string, string]> {
      yield ['c', '1']
      throw broken
    }
    await expect(map.load(breaking())).rejects.toBe(broken)
    const controller = new AbortController()
    async function* endless(): AsyncGenerator<[string, string]> {
      for (let row = 0; ; row++) {
        if (row === 5000) controller.abort(new Error('enough'))
        yield [`row:${row}`, 'value '.repeat(20)]
      }
    }
    await expect(map.load(endless(), { signal: controller.signal })).rejects.toMatchObject({
      code: 'PROLLY_ABORTED',
      name: 'AbortError',
      cause: new Error('enough'),
    })
    expect([...map.keys()]).toEqual(['a', 'b', 'old'])
  })
})

describe('a transaction', () => {
  it('has the same surface', async () => {
    await inTransaction(async (tx) => {
      tx.insertBatch([
        ['a', '1'],
        ['b', '2'],
      ])
      expect(tx.update('b', '3')).toBe(true)
      expect(tx.delete('x')).toBe(false)
      expect(tx.deleteRange({ lt: 'b' })).toBe(1)
      expect([...tx.entries()]).toEqual([['b', '3']])
    })
  })
})

/** What JavaScript can pass though TypeScript would not let it. */
type Loose = KeyValueStore<unknown, unknown>

describe('arguments', () => {
  const cases: [string, (map: Loose) => unknown, string][] = [
    ['a number as key', (map) => map.get(5), "key must be a string (encoding 'utf8'), not 5"],
    [
      'no value',
      (map) => map.insert('a', undefined),
      "value must be a string (encoding 'utf8'), not undefined",
    ],
    [
      'a lone surrogate',
      (map) => map.insert('a\ud800', 'x'),
      "key must be text without lone surrogates, not 'a\\ud800'",
    ],
    [
      'a misspelt option',
      (map) => map.entries({ prefx: 'a' } as never),
      "options has no 'prefx': it can have gt, gte",
    ],
    [
      'an unset bound',
      (map) => map.entries({ prefix: undefined }),
      'prefix must be a key: leave it out for no bound',
    ],
    [
      'half an entry',
      (map) => map.insertBatch([['a', '1'], ['b'] as never]),
      "entries[1]: entry must be a pair of key and value, not [ 'b' ]",
    ],
    [
      'a wrong key in a batch',
      (map) => map.deleteBatch(['a', 7]),
      "keys[1]: key must be a string (encoding 'utf8'), not 7",
    ],
    ['no batch', (map) => map.insertBatch(7 as never), 'entries must be an iterable, not 7'],
    ['a negative limit', (map) => map.keys({ limit: -1 }), 'limit must be a whole number from 0 on, not -1'],
    [
      'a word as reverse',
      (map) => map.keys({ reverse: 'yes' as never }),
      "reverse must be true or false, not 'yes'",
    ],
    [
      'no range to delete',
      (map) => map.deleteRange(undefined as never),
      'range must be an object, {} for every key',
    ],
    [
      'an unknown encoding',
      (map) => map.get('a', { keyEncoding: 'utf16' as never }),
      "keyEncoding must be 'utf8', 'buffer', 'view' or a codec, not 'utf16'",
    ],
    [
      'json keys',
      (map) => map.get('a', { keyEncoding: 'json' as never }),
      "keyEncoding must be 'utf8', 'buffer', 'view' or a codec, not 'json'",
    ],
    ['null as options', (map) => map.get('a', null as never), 'options must be an object, not null'],
  ]
  it.each(cases)('names %s', async (_name, call, message) => {
    const [surface] = surfaces
    const map = (await surface?.make()) as unknown as Loose
    let thrown: unknown
    try {
      call(map)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvalidArgumentError)
    expect((thrown as Error).message).toContain(message)
  })
})
