import type { Readable } from 'node:stream'
import { now } from '../native/call.js'
import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import type { PageSource } from '../native/page-source.js'
import { checkOptions } from '../options/check.js'
import { BOUNDS_NAMES, checkRange, type RangeBounds, type RangeOptions } from '../options/range.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { PageReader } from '../packed/page-reader.js'
import type { MapHandle, Transcoders } from './map-handle.js'
import { KeyValueReaderPromises } from './key-value-reader-promises.js'
import { packKeys, unpackValues } from './pack.js'
import { pointGet, pointHas } from './point.js'
import { RangeIterable } from './range-iterable.js'
import { readStream, type ReadStreamOptions } from './value-read-stream.js'

/**
 * Options of a walk over a range.
 *
 * @typeParam K - The type of the keys.
 */
export interface IterationOptions<K> extends RangeOptions<K>, AbortOptions {}

const ITERATION_NAMES = [
  'gt',
  'gte',
  'lt',
  'lte',
  'prefix',
  'reverse',
  'limit',
  'signal',
  'keyEncoding',
  'valueEncoding',
]

/**
 * What can be done with keys and values without changing them.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class KeyValueReader<K, V> {
  /** @internal */
  protected readonly handle: MapHandle
  #readerPromises: KeyValueReaderPromises<K, V> | undefined

  /** @internal */
  constructor(handle: MapHandle) {
    this.handle = handle
  }

  /**
   * The same methods off the event loop, each with a promise, as `fs.promises` has them: for nodes that come from a disk
   * or from far away, and the only ones over a storage of your own.
   *
   * Those called before others have ended may be done in any order.
   *
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * await store.promises.insert('user:1', 'Ada')
   * assert.equal(await store.promises.get('user:1'), 'Ada')
   * ```
   */
  get promises(): KeyValueReaderPromises<K, V> {
    this.#readerPromises ??= new KeyValueReaderPromises<K, V>(this, this.handle)
    return this.#readerPromises
  }

  /**
   * The value of a key; `undefined` when there is no such key.
   *
   * @param key - The key.
   * @param options - Encodings of this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('user:1', 'Ada')
   * assert.equal(store.get('user:1'), 'Ada')
   * assert.deepEqual(store.get('user:1', { valueEncoding: 'buffer' }), Buffer.from('Ada'))
   * assert.equal(store.get('user:2'), undefined)
   * ```
   */
  get<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE, VE>,
  ): Chosen<VE, V> | undefined {
    const { keys, values } = this.handle.onlyTranscoders(options)
    return pointGet(this.handle, keys.plain(key, 'key'), values) as Chosen<VE, V> | undefined
  }

  /**
   * The values of many keys, in their order: cheaper than one by one, and all from one state.
   *
   * @param keys - The keys.
   * @param options - Encodings of this call.
   * @returns As many values as there are keys; `undefined` for a key that is not there.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['a', '1'], ['c', '3']])
   * assert.deepEqual(store.getMany(['a', 'b', 'c']), ['1', undefined, '3'])
   * ```
   */
  getMany<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    keys: Iterable<Input<Chosen<KE, K>>>,
    options?: EncodingOptions<KE, VE>,
  ): (Chosen<VE, V> | undefined)[] {
    const { keys: transcoder, values } = this.handle.onlyTranscoders(options)
    const page = packKeys(keys, transcoder)
    this.handle.checkNow('promises.getMany')
    const answer = now(() => this.handle.native.getMany(page))
    return unpackValues(answer, values) as (Chosen<VE, V> | undefined)[]
  }

  /**
   * Whether a key is there.
   *
   * @param key - The key.
   * @param options - Encodings of this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('a', '')
   * assert.equal(store.has('a'), true)
   * assert.equal(store.has('b'), false)
   * ```
   */
  has<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE>,
  ): boolean {
    const { keys } = this.handle.onlyTranscoders(options)
    return pointHas(this.handle, keys.plain(key, 'key'))
  }

  /**
   * How many keys are in a range; all of them when none is given. Its cost does not depend on how many there are.
   *
   * @param options - The range, and the encoding of its bounds.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['flag:a', '1'], ['flag:b', '0'], ['user:1', 'Ada']])
   * assert.equal(store.count(), 3)
   * assert.equal(store.count({ prefix: 'flag:' }), 2)
   * ```
   */
  count<KE extends KeyEncoding | undefined = undefined>(
    options?: RangeOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE>,
  ): number {
    const range = checkRange(options, this.handle.transcoders(options).keys)
    this.handle.checkNow('promises.count')
    return now(() => Math.min(this.handle.native.count(range.bounds), range.limit))
  }

  /**
   * The entry with the least key, of all or of a range; `undefined` when there is none. Cost: O(depth) reads of nodes.
   *
   * @param options - The range, and encodings of this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['job:1', 'mail'], ['job:2', 'print'], ['user:1', 'Ada']])
   * assert.deepEqual(store.first(), ['job:1', 'mail'])
   * assert.deepEqual(store.last({ prefix: 'job:' }), ['job:2', 'print'])
   * assert.equal(store.first({ gt: 'user:1' }), undefined)
   * ```
   */
  first<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    options?: RangeBounds<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE>,
  ): [key: Chosen<KE, K>, value: Chosen<VE, V>] | undefined {
    return this.#outermost<KE, VE>('first', options)
  }

  /**
   * The entry with the greatest key; otherwise as {@link KeyValueReader.first}.
   *
   * @param options - The range, and encodings of this call.
   */
  last<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    options?: RangeBounds<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE>,
  ): [key: Chosen<KE, K>, value: Chosen<VE, V>] | undefined {
    return this.#outermost<KE, VE>('last', options)
  }

  /**
   * The entries of a range, in the order of their keys; all of them when no range is given.
   *
   * @param options - The range, and encodings of this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['user:1', 'Ada'], ['user:2', 'Grace'], ['zone', 'eu']])
   * const users = []
   * for (const [key, value] of store.entries({ prefix: 'user:', reverse: true })) users.push(`${key} ${value}`)
   * assert.deepEqual(users, ['user:2 Grace', 'user:1 Ada'])
   * ```
   */
  entries<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    options?: IterationOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE>,
  ): RangeIterable<[key: Chosen<KE, K>, value: Chosen<VE, V>]> {
    return this.#iterate(options, 'entries', (reader, { keys, values }) => {
      return [reader.read(0, keys), reader.read(1, values)] as [Chosen<KE, K>, Chosen<VE, V>]
    })
  }

  /**
   * The keys of a range, in their order. Values are not read.
   *
   * @param options - The range, and the encoding of keys in this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['a', '1'], ['b', '2'], ['c', '3']])
   * assert.deepEqual([...store.keys({ gte: 'b' })], ['b', 'c'])
   * ```
   */
  keys<KE extends KeyEncoding | undefined = undefined>(
    options?: IterationOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE>,
  ): RangeIterable<Chosen<KE, K>> {
    return this.#iterate(options, 'keys', (reader, { keys }) => reader.read(0, keys) as Chosen<KE, K>)
  }

  /**
   * The values of a range, in the order of their keys.
   *
   * @param options - The range, and encodings of this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['a', '1'], ['b', '2'], ['c', '3']])
   * assert.deepEqual([...store.values({ limit: 2 })], ['1', '2'])
   * ```
   */
  values<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    options?: IterationOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE>,
  ): RangeIterable<Chosen<VE, V>> {
    return this.#iterate(options, 'values', (reader, { values }) => reader.read(0, values) as Chosen<VE, V>)
  }

  /**
   * The value of a key as a stream of `Buffer`s, read off the event loop as it is asked for: for values that are too long
   * to be held whole. Options and events are those of `fs.createReadStream`.
   *
   * It gives the value that the key has now, whatever is written later. It fails with `NotFoundError` when there is no such
   * key, with `ClosedError` when what it reads from is closed, and with `AbortedError`. Cost: the reads of nodes that the
   * bytes asked for need, and about 1 MiB of memory beside `highWaterMark`; of a value longer than 64 KiB only the chunks,
   * of about 64 KiB each, that have bytes between `start` and `end` are read.
   *
   * @param key - The key.
   * @param options - Which bytes, how many at once, the encoding of the key, and how to give up.
   * @example
   * ```ts
   * import { createWriteStream } from 'node:fs'
   * import { text } from 'node:stream/consumers'
   * import { pipeline } from 'node:stream/promises'
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('greeting', 'Hello, world')
   * assert.equal(await text(store.createReadStream('greeting', { start: 7, end: 8 })), 'wo')
   * await pipeline(store.createReadStream('greeting'), createWriteStream(`${folder}/greeting`))
   * ```
   */
  createReadStream<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: ReadStreamOptions & EncodingOptions<KE>,
  ): Readable {
    return readStream(this.handle, key, options)
  }

  #outermost<KE extends KeyEncoding | undefined, VE extends ValueEncoding | undefined>(
    method: 'first' | 'last',
    options: (RangeBounds<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE>) | undefined = {},
  ): [key: Chosen<KE, K>, value: Chosen<VE, V>] | undefined {
    checkOptions(options, BOUNDS_NAMES)
    this.handle.checkNow(`promises.${method}`)
    const [entry] = this.entries<KE, VE>({ ...options, reverse: method === 'last', limit: 1 })
    return entry
  }

  #iterate<T>(
    options:
      | (IterationOptions<unknown> & EncodingOptions<KeyEncoding | undefined, ValueEncoding | undefined>)
      | undefined,
    what: 'entries' | 'keys' | 'values',
    decode: (reader: PageReader, transcoders: Transcoders) => T,
  ): RangeIterable<T> {
    const handle = this.handle
    handle.lifetime.check()
    const transcoders = handle.transcoders(options)
    const { bounds, reverse, limit } = checkRange(options, transcoders.keys, ITERATION_NAMES)
    checkSignal(options?.signal)
    const pages = {
      fields: what === 'entries' ? 2 : 1,
      limit,
      open: (): PageSource => handle.native[what](bounds, reverse),
      decode: (reader: PageReader) => decode(reader, transcoders),
      check: () => handle.lifetime.check(),
      checkNow: () => handle.checkNow('for await'),
    }
    return new RangeIterable(pages, options?.signal)
  }
}
