import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { finished, pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  AbortedError,
  ClosedError,
  CorruptionError,
  FileNodeStorage,
  InvalidArgumentError,
  type KeyValueReader,
  type KvTransaction,
  NotFoundError,
  ProllyError,
  ProllyTree,
  type StoredNode,
  VersionedKvStore,
} from '../ts/index.js'
import { addon } from '../ts/native/addon.js'
import { liveObjects } from './helpers/live-objects.js'
import { MapStorage, Place, SlowStorage } from './helpers/map-storage.js'
import { temporaryFolder } from './helpers/temporary.js'

const author = { name: 'Ada', email: 'ada@example.org' }
const film = randomBytes(3_000_000)

/** What a stream fails with. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error,
  )
}

/** The tree after the bytes went through a stream, in pieces of about this length. */
async function streamed(tree: ProllyTree<string, Buffer>, bytes: Buffer, piece: number): Promise<void> {
  const stream = tree.createWriteStream('film')
  for (let start = 0; start < bytes.length; start += piece) {
    stream.write(bytes.subarray(start, start + piece))
  }
  stream.end()
  await finished(stream)
}

const trees: [name: string, open: () => Promise<ProllyTree<string, Buffer>>][] = [
  ['memory', async () => ProllyTree.create({ valueEncoding: 'buffer' })],
  [
    'files',
    async () => {
      const storage = await FileNodeStorage.open(temporaryFolder())
      return ProllyTree.create({ storage, valueEncoding: 'buffer' })
    },
  ],
  [
    'a storage of the user',
    async () => ProllyTree.create({ storage: new MapStorage(), valueEncoding: 'buffer' }),
  ],
  ['a slow one', async () => ProllyTree.create({ storage: new SlowStorage(), valueEncoding: 'buffer' })],
]

describe.each(trees)('streams of values in a tree over %s', (_name, open) => {
  it('write what insert writes and read what get reads', async () => {
    for (const [length, piece] of [
      [0, 1],
      [10, 3],
      [1025, 1000],
      [65_536, 65_536],
      [65_537, 9_999],
      [3_000_000, 70_000],
      [3_000_000, 3_000_000],
    ] as const) {
      const bytes = film.subarray(0, length)
      using tree = await open()
      using whole = await open()
      await streamed(tree, bytes, piece)
      await whole.promises.insert('film', bytes)
      expect(await tree.rootHash()).toBe(await whole.rootHash())
      expect((await buffer(tree.createReadStream('film'))).equals(bytes)).toBe(true)
      using snapshot = await tree.snapshot()
      const [start, end] = [Math.floor(length / 3), Math.floor(length / 2)]
      const part = await buffer(snapshot.createReadStream('film', { start, end }))
      expect(part.equals(bytes.subarray(start, end + 1))).toBe(true)
      tree.storage.close()
      whole.storage.close()
    }
  })

  it('show nothing of a value before it is whole', async () => {
    using tree = await open()
    await tree.promises.insert('film', Buffer.from('old'))
    const stream = tree.createWriteStream('film')
    for (let start = 0; start < film.length; start += 1_000_000) {
      await new Promise((resolve) => {
        stream.write(film.subarray(start, start + 1_000_000), resolve)
      })
      expect(String(await tree.promises.get('film'))).toBe('old')
    }
    stream.end()
    await finished(stream)
    expect((await tree.promises.get('film'))?.equals(film)).toBe(true)
    tree.storage.close()
  })

  it('change nothing when they are destroyed or aborted', async () => {
    using tree = await open()
    await tree.promises.insert('film', Buffer.from('old'))
    const before = await tree.rootHash()
    const destroyed = tree.createWriteStream('film')
    destroyed.write(film)
    destroyed.destroy(new Error('enough'))
    expect(await failureOf(finished(destroyed))).toHaveProperty('message', 'enough')

    const controller = new AbortController()
    const aborted = tree.createWriteStream('film', { signal: controller.signal })
    await new Promise((resolve) => {
      aborted.write(film, resolve)
    })
    controller.abort(new Error('why'))
    const error = await failureOf(finished(aborted))
    expect(error).toBeInstanceOf(AbortedError)
    expect(error).toHaveProperty('cause.message', 'why')

    const failing = Readable.from(
      (function* () {
        yield film
        throw new Error('the source failed')
      })(),
    )
    await failureOf(pipeline(failing, tree.createWriteStream('film')))
    expect(await tree.rootHash()).toBe(before)
    tree.storage.close()
  })

  it('work in pipelines, with files and as web streams', async () => {
    using tree = await open()
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'in'), film)
    await pipeline(createReadStream(join(folder, 'in')), tree.createWriteStream('film'))
    await pipeline(tree.createReadStream('film'), new PassThrough(), createWriteStream(join(folder, 'out')))
    expect(readFileSync(join(folder, 'out')).equals(film)).toBe(true)
    const web = Readable.toWeb(tree.createReadStream('film', { start: 10 }))
    const parts: Uint8Array[] = []
    for await (const part of web) parts.push(part as Uint8Array)
    expect(Buffer.concat(parts).equals(film.subarray(10))).toBe(true)
    tree.storage.close()
  })
})

describe('reading a value as a stream', () => {
  it('takes the bytes from start to end, as fs does', async () => {
    const path = join(temporaryFolder(), 'file')
    const bytes = film.subarray(0, 200_000)
    writeFileSync(path, bytes)
    using tree = ProllyTree.create({ valueEncoding: 'buffer' })
    tree.insert('film', bytes)
    for (const options of [
      {},
      { start: 5 },
      { end: 0 },
      { start: 70_000, end: 70_009 },
      { start: 199_999 },
      { start: 199_990, end: 300_000 },
      { start: 200_000 },
      { start: 1_000_000 },
      { start: 3, end: Infinity, highWaterMark: 1000 },
    ]) {
      const expected = await buffer(createReadStream(path, options))
      expect((await buffer(tree.createReadStream('film', options))).equals(expected)).toBe(true)
    }
    const lengths: number[] = []
    for await (const part of tree.createReadStream('film', { highWaterMark: 90_000 })) {
      expect(part).toBeInstanceOf(Buffer)
      lengths.push((part as Buffer).length)
    }
    expect(lengths).toEqual([90_000, 90_000, 20_000])
  })

  it('reads what the value was when the stream was made', async () => {
    for (const storage of [undefined, new SlowStorage()]) {
      using tree = ProllyTree.create(
        storage ? { storage, valueEncoding: 'buffer' } : { valueEncoding: 'buffer' },
      )
      await tree.promises.insert('film', film)
      const [first, second] = [tree.createReadStream('film'), tree.createReadStream('film')]
      await tree.promises.insert('film', Buffer.from('new'))
      expect((await buffer(first)).equals(film)).toBe(true)
      await tree.promises.delete('film')
      expect((await buffer(second)).equals(film)).toBe(true)
    }
  })

  it('loads only the chunks that are asked for, and no further than the consumer goes', async () => {
    const place = new Place()
    using writer = new MapStorage(place)
    using written = ProllyTree.create({ storage: writer })
    await pipeline(Readable.from([film]), written.createWriteStream('film'))
    const rootHash = await written.publish('main')
    let loaded = 0
    class Counting extends MapStorage {
      override get(address: string) {
        loaded++
        return super.get(address)
      }
    }
    using storage = new Counting(place)
    using tree = await ProllyTree.at(storage, rootHash)
    await tree.promises.has('film')
    loaded = 0
    expect(await buffer(tree.createReadStream('film', { start: 1_500_000, end: 1_500_009 }))).toEqual(
      film.subarray(1_500_000, 1_500_010),
    )
    expect(loaded).toBeGreaterThanOrEqual(2)
    expect(loaded).toBeLessThanOrEqual(3)
    const stream = tree.createReadStream('film')
    const [part] = (await stream.take(1).toArray()) as Buffer[]
    expect(part).toEqual(film.subarray(0, 65_536))
    expect(loaded).toBeLessThan(20)
    expect(stream.destroyed).toBe(true)
  })

  it('fails when there is no such key', async () => {
    using tree = ProllyTree.create()
    for (const options of [{}, { start: 3 }]) {
      const error = await failureOf(buffer(tree.createReadStream('none', options)))
      expect(error).toBeInstanceOf(NotFoundError)
      expect(error).toMatchObject({
        code: 'PROLLY_NOT_FOUND',
        message: "there is no key 'none'",
        details: { what: 'key', name: "'none'" },
      })
      expect((error as Error).stack).toContain('value-streams.test.ts')
    }
    // Whoever only listens is told too.
    const error = await new Promise((resolve) => tree.createReadStream('none').on('error', resolve))
    expect(error).toBeInstanceOf(NotFoundError)
  })

  it('can be aborted, before it begins and between two reads', async () => {
    using tree = ProllyTree.create({ valueEncoding: 'buffer' })
    tree.insert('film', film)
    const aborted = tree.createReadStream('film', { signal: AbortSignal.abort('why') })
    expect(await failureOf(buffer(aborted))).toMatchObject({ name: 'AbortError', cause: 'why' })
    const controller = new AbortController()
    const stream = tree.createReadStream('film', { signal: controller.signal })
    const read = async (): Promise<void> => {
      for await (const part of stream) {
        expect(part).toBeInstanceOf(Buffer)
        controller.abort()
      }
    }
    expect(await failureOf(read())).toBeInstanceOf(AbortedError)
  })

  it('ends when what it reads from is closed', async () => {
    const tree = ProllyTree.create({ valueEncoding: 'buffer' })
    tree.insert('film', film)
    const stream = tree.createReadStream('film')
    const read = async (): Promise<void> => {
      for await (const part of stream) {
        expect(part).toBeInstanceOf(Buffer)
        tree.close()
      }
    }
    expect(await failureOf(read())).toBeInstanceOf(ClosedError)
    expect(() => tree.createReadStream('film')).toThrow(ClosedError)
    expect(() => tree.createWriteStream('film')).toThrow(ClosedError)
  })

  it('reports chunks that are not what the list says', async () => {
    const place = new Place()
    using writer = new MapStorage(place)
    using written = ProllyTree.create({ storage: writer, valueEncoding: 'buffer' })
    await written.promises.insert('film', film)
    const rootHash = await written.publish('main')
    for (const [address, bytes] of place.nodes) {
      if (bytes.length > 16_384)
        place.nodes.set(
          address,
          Uint8Array.from(bytes, (byte) => byte ^ 1),
        )
    }
    using storage = new MapStorage(place)
    using tree = await ProllyTree.at(storage, rootHash)
    expect(await failureOf(buffer(tree.createReadStream('film')))).toBeInstanceOf(CorruptionError)
  })

  it('refuses options that make no sense', () => {
    using tree = ProllyTree.create()
    for (const options of [
      { start: -1 },
      { start: 1.5 },
      { start: Infinity },
      { end: -1 },
      { start: 5, end: 4 },
      { highWaterMark: 0 },
      { highWaterMark: '1' },
      { signal: {} },
      { flags: 'r' },
    ]) {
      expect(() => tree.createReadStream('a', options as object)).toThrow(InvalidArgumentError)
    }
    expect(() => tree.createReadStream(7 as never)).toThrow(InvalidArgumentError)
  })
})

describe('streams of a versioned store', () => {
  it('read working states, snapshots, namespaces and transactions', async () => {
    await using store = await VersionedKvStore.memory({ valueEncoding: 'buffer' })
    const other = film.subarray(1000)
    const expectStream = async (source: KeyValueReader<string, Buffer>, bytes: Buffer): Promise<void> => {
      expect((await buffer(source.createReadStream('film'))).equals(bytes)).toBe(true)
    }
    store.insert('film', film)
    await expectStream(store, film)
    const staged = store.createReadStream('film')
    await store.commit('Film', { author })
    store.insert('film', other)
    await expectStream(store, other)
    expect((await buffer(staged)).equals(film)).toBe(true)
    using snapshot = await store.at('HEAD')
    await expectStream(snapshot, film)

    const films = store.namespace('films')
    expect(await failureOf(buffer(films.createReadStream('film')))).toBeInstanceOf(NotFoundError)
    films.insert('film', other)
    await expectStream(films, other)
    expect(await failureOf(buffer(snapshot.namespace('films').createReadStream('film')))).toBeInstanceOf(
      NotFoundError,
    )
    await store.commit('More', { author })
    const less = async (transaction: KvTransaction<string, Buffer>): Promise<void> => {
      transaction.insert('film', film)
      await expectStream(transaction, film)
      await expectStream(transaction.namespace('films'), other)
    }
    await store.transact(less, { message: 'Less', author })
    await expectStream(store, film)
  })

  it('read what is in a repository', async () => {
    await using store = await VersionedKvStore.init(join(temporaryFolder(), 'store'), {
      valueEncoding: 'buffer',
    })
    store.insert('film', film)
    await store.commit('Film', { author })
    const read = await buffer(store.createReadStream('film', { start: 1_000_000, end: 1_999_999 }))
    expect(read.equals(film.subarray(1_000_000, 2_000_000))).toBe(true)
  })
})

describe('writing a value as a stream', () => {
  it('holds the source back', async () => {
    using tree = ProllyTree.create({ storage: new SlowStorage() })
    const stream = tree.createWriteStream('film', { highWaterMark: 100_000 })
    expect(stream.writableHighWaterMark).toBe(100_000)
    expect(stream.write(film.subarray(0, 99_999))).toBe(true)
    expect(stream.write(film.subarray(99_999, 200_000))).toBe(false)
    await new Promise((resolve) => stream.once('drain', resolve))
    expect(stream.writableLength).toBe(0)
    stream.end()
    await finished(stream)
    expect(await buffer(tree.createReadStream('film'))).toEqual(film.subarray(0, 200_000))
  })

  it('refuses more than a value can have as soon as there is more', async () => {
    using tree = ProllyTree.create()
    const megabyte = Buffer.alloc(1024 * 1024)
    let given = 0
    const source = Readable.from(
      (function* () {
        for (;;) {
          given++
          yield megabyte
        }
      })(),
    )
    const error = await failureOf(pipeline(source, tree.createWriteStream('film')))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error).toMatchObject({ details: { argument: 'value' } })
    expect(given).toBeGreaterThan(256)
    expect(given).toBeLessThan(300)
    expect(tree.has('film')).toBe(false)
  }, 60_000)

  it('refuses keys that are too long and options that make no sense', () => {
    using tree = ProllyTree.create()
    expect(() => tree.createWriteStream('k'.repeat(8193))).toThrow(InvalidArgumentError)
    for (const options of [{ highWaterMark: -1 }, { signal: 1 }, { start: 3 }]) {
      expect(() => tree.createWriteStream('a', options as object)).toThrow(InvalidArgumentError)
    }
  })

  it('takes keys in any encoding, and values as bytes or text', async () => {
    using tree = ProllyTree.create()
    const stream = tree.createWriteStream(Buffer.from([255]), { keyEncoding: 'buffer' })
    stream.end('Grüße')
    await finished(stream)
    expect(tree.get(Buffer.from([255]), { keyEncoding: 'buffer' })).toBe('Grüße')
    const read = tree.createReadStream(Buffer.from([255]), { keyEncoding: 'buffer' })
    expect(String(await buffer(read))).toBe('Grüße')
  })

  it('leaves writes of others alone', async () => {
    using tree = ProllyTree.create({ storage: new SlowStorage() })
    const one = tree.createWriteStream('one')
    const two = tree.createWriteStream('two')
    one.write(film)
    two.write(film.subarray(1))
    await tree.promises.insert('three', 'value')
    one.end()
    two.end()
    await Promise.all([finished(one), finished(two)])
    expect(await tree.promises.count()).toBe(3)
    expect((await buffer(tree.createReadStream('one'))).equals(film)).toBe(true)
    expect((await buffer(tree.createReadStream('two'))).equals(film.subarray(1))).toBe(true)
  })

  it('reports what the storage throws, and changes nothing then', async () => {
    class Full extends MapStorage {
      override put(nodes: readonly StoredNode[]) {
        if (nodes.some(({ bytes }) => bytes.length > 16_384)) throw new RangeError('the disk is full')
        return super.put(nodes)
      }
    }
    using tree = ProllyTree.create({ storage: new Full() })
    await tree.promises.insert('film', 'old')
    const error = await failureOf(pipeline(Readable.from([film]), tree.createWriteStream('film')))
    expect(error).toBeInstanceOf(ProllyError)
    expect(error).toHaveProperty('cause', new RangeError('the disk is full'))
    expect(await tree.promises.get('film')).toBe('old')
  })

  it('fails when the tree is closed meanwhile', async () => {
    const tree = ProllyTree.create()
    const stream = tree.createWriteStream('film')
    await new Promise((resolve) => {
      stream.write('a', resolve)
    })
    tree.close()
    stream.end('b')
    expect(await failureOf(finished(stream))).toBeInstanceOf(ClosedError)
  })
})

it('streams let go of what they hold', async () => {
  using tree = ProllyTree.create({ valueEncoding: 'buffer' })
  tree.insert('film', film)
  // What earlier tests left is collected first. What the streams hold is let go without a collection.
  const before = await liveObjects()
  await buffer(tree.createReadStream('film'))
  await streamed(tree, film, 500_000)
  for (const stream of [tree.createReadStream('film'), tree.createWriteStream('film')]) {
    expect(addon().liveObjects()).toBeGreaterThanOrEqual(before)
    stream.destroy()
    await new Promise((resolve) => stream.once('close', resolve))
  }
  await failureOf(buffer(tree.createReadStream('none')))
  for (let round = 0; round < 50 && addon().liveObjects() > before; round++) await setImmediate()
  expect(addon().liveObjects()).toBe(before)
})

describe.runIf(existsSync('/proc/self/status'))('memory', () => {
  it('stays far below the value', { timeout: 300_000 }, () => {
    const script = fileURLToPath(new URL('helpers/stream-memory.mjs', import.meta.url))
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [script, join(temporaryFolder(), 'nodes'), '250'],
      {
        encoding: 'utf8',
      },
    )
    expect(stderr).toBe('')
    const report = JSON.parse(stdout) as Record<string, number>
    expect(report).toMatchObject({ same: true, length: 250 * 1024 * 1024 })
    // Node.js itself takes some 50 MiB, and lets 64 MiB of buffers become garbage before it collects them. A value held
    // whole would take 250 MiB more.
    expect(report.read).toBeLessThan(256 * 1024 * 1024)
  })
})
