import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { plainBytes } from '../encoding/transcoder.js'
import { read } from '../native/call.js'
import { checkOptions } from '../options/check.js'
import {
  BOUNDS_NAMES,
  checkRange,
  RANGE_NAMES,
  type RangeBounds,
  type RangeOptions,
} from '../options/range.js'
import type { AbortOptions } from '../options/signal.js'
import type { KeyValueReader } from './key-value-reader.js'
import type { MapHandle } from './map-handle.js'
import { packKeys, unpackValues } from './pack.js'

/** What the options of a range can be called where the call can be given up. */
const AWAITED_RANGE_NAMES = [...RANGE_NAMES, 'signal']
const AWAITED_BOUNDS_NAMES = [...BOUNDS_NAMES, 'signal']

/**
 * What a {@link KeyValueReader} does, off the event loop. Methods are called as there, mean the same and take a `signal`
 * beside their options.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export class KeyValueReaderPromises<K, V> {
  /** @internal */
  protected readonly handle: MapHandle
  readonly #reader: KeyValueReader<K, V>

  /** @internal */
  constructor(reader: KeyValueReader<K, V>, handle: MapHandle) {
    this.#reader = reader
    this.handle = handle
  }

  /**
   * The value of a key; `undefined` when there is no such key.
   *
   * @param key - The key.
   * @param options - Encodings of this call, and how to give up.
   */
  async get<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<Chosen<VE, V> | undefined> {
    const { keys, values } = this.handle.awaitedTranscoders(options)
    const bytes = plainBytes(keys.plain(key, 'key'), 'key')
    const { lifetime, native } = this.handle
    const value = await read(lifetime, options?.signal, () => native.getAsync(bytes))
    if (!value) return undefined
    const { buffer, byteOffset, length } = value
    return values.decode(Buffer.from(buffer, byteOffset, length), 0, length) as Chosen<VE, V>
  }

  /**
   * The values of many keys, in their order; `undefined` for a key that is not there.
   *
   * @param keys - The keys.
   * @param options - Encodings of this call, and how to give up.
   */
  async getMany<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    keys: Iterable<Input<Chosen<KE, K>>>,
    options?: EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<(Chosen<VE, V> | undefined)[]> {
    const { keys: transcoder, values } = this.handle.awaitedTranscoders(options)
    const page = packKeys(keys, transcoder)
    const { lifetime, native } = this.handle
    const answer = await read(lifetime, options?.signal, () => native.getManyAsync(page))
    return unpackValues(answer, values) as (Chosen<VE, V> | undefined)[]
  }

  /**
   * Whether a key is there.
   *
   * @param key - The key.
   * @param options - The encoding of keys in this call, and how to give up.
   */
  async has<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE> & AbortOptions,
  ): Promise<boolean> {
    const { keys } = this.handle.awaitedTranscoders(options)
    const bytes = plainBytes(keys.plain(key, 'key'), 'key')
    const { lifetime, native } = this.handle
    return read(lifetime, options?.signal, () => native.hasAsync(bytes))
  }

  /**
   * How many keys are in a range; all of them when none is given.
   *
   * @param options - The range, the encoding of its bounds, and how to give up.
   */
  async count<KE extends KeyEncoding | undefined = undefined>(
    options?: RangeOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE> & AbortOptions,
  ): Promise<number> {
    const { bounds, limit } = checkRange(options, this.handle.transcoders(options).keys, AWAITED_RANGE_NAMES)
    const { lifetime, native } = this.handle
    return Math.min(await read(lifetime, options?.signal, () => native.countAsync(bounds)), limit)
  }

  /**
   * The entry with the least key, of all or of a range; `undefined` when there is none.
   *
   * @param options - The range, encodings of this call, and how to give up.
   */
  async first<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    options?: RangeBounds<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<[key: Chosen<KE, K>, value: Chosen<VE, V>] | undefined> {
    return this.#outermost<KE, VE>(options, false)
  }

  /**
   * The entry with the greatest key; otherwise as {@link KeyValueReaderPromises.first}.
   *
   * @param options - The range, encodings of this call, and how to give up.
   */
  async last<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    options?: RangeBounds<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<[key: Chosen<KE, K>, value: Chosen<VE, V>] | undefined> {
    return this.#outermost<KE, VE>(options, true)
  }

  async #outermost<KE extends KeyEncoding | undefined, VE extends ValueEncoding | undefined>(
    options: (RangeBounds<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE> & AbortOptions) | undefined = {},
    reverse: boolean,
  ): Promise<[key: Chosen<KE, K>, value: Chosen<VE, V>] | undefined> {
    checkOptions(options, AWAITED_BOUNDS_NAMES)
    const entries = this.#reader.entries<KE, VE>({ ...options, reverse, limit: 1 })
    await using steps = entries[Symbol.asyncIterator]()
    const { value } = await steps.next()
    return value
  }
}
