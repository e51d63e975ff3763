import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { plainBytes } from '../encoding/transcoder.js'
import { change } from '../native/call.js'
import { BOUNDS_NAMES, checkDeletedRange } from '../options/range.js'
import type { AbortOptions } from '../options/signal.js'
import { packBatch } from './batch.js'
import { KeyValueReaderPromises } from './key-value-reader-promises.js'
import type { DeleteRangeOptions } from './key-value-writer.js'
import { packKeys } from './pack.js'

const AWAITED_BOUNDS_NAMES = [...BOUNDS_NAMES, 'signal']

/**
 * What a {@link KeyValueWriter} does, off the event loop. Methods are called as there, mean the same and take a `signal`
 * beside their options. A write can be given up until it begins.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export class KeyValueWriterPromises<K, V> extends KeyValueReaderPromises<K, V> {
  /**
   * Creates a key, or replaces its value.
   *
   * @param key - The key, at most 8 KiB of bytes.
   * @param value - The value, at most 256 MiB of bytes.
   * @param options - Encodings of this call, and how to give up.
   */
  async insert<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    key: Input<Chosen<KE, K>>,
    value: Input<Chosen<VE, V>>,
    options?: EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<void> {
    const { keyBytes, valueBytes } = this.#entry(key, value, options)
    const { lifetime, native } = this.handle
    await change(lifetime, options?.signal, () => native.insertAsync(keyBytes, valueBytes))
  }

  /**
   * Replaces the value of a key that is there.
   *
   * @param key - The key.
   * @param value - The value.
   * @param options - Encodings of this call, and how to give up.
   * @returns Whether the key was there; when it was not, nothing has changed.
   */
  async update<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    key: Input<Chosen<KE, K>>,
    value: Input<Chosen<VE, V>>,
    options?: EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<boolean> {
    const { keyBytes, valueBytes } = this.#entry(key, value, options)
    const { lifetime, native } = this.handle
    return change(lifetime, options?.signal, () => native.updateAsync(keyBytes, valueBytes))
  }

  /**
   * Deletes a key.
   *
   * @param key - The key.
   * @param options - The encoding of the key in this call, and how to give up.
   * @returns Whether the key was there.
   */
  async delete<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE> & AbortOptions,
  ): Promise<boolean> {
    const { keys } = this.handle.awaitedTranscoders(options)
    const bytes = plainBytes(keys.plain(key, 'key'), 'key')
    const { lifetime, native } = this.handle
    return change(lifetime, options?.signal, () => native.deleteAsync(bytes))
  }

  /**
   * Creates or replaces many keys in one step. Of two entries with one key the last wins.
   *
   * @param entries - Pairs of key and value, in any order.
   * @param options - Encodings of this call, and how to give up.
   */
  async insertBatch<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    entries: Iterable<readonly [key: Input<Chosen<KE, K>>, value: Input<Chosen<VE, V>>]>,
    options?: EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<void> {
    const { lifetime, native } = this.handle
    lifetime.check()
    const batch = packBatch(entries, this.handle.awaitedTranscoders(options))
    await change(lifetime, options?.signal, () => native.insertBatchAsync(batch))
  }

  /**
   * Replaces the values of those keys that are there, in one step; the other entries are left out.
   *
   * @param entries - Pairs of key and value, in any order.
   * @param options - Encodings of this call, and how to give up.
   * @returns How many of the entries had a key that is there.
   */
  async updateBatch<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    entries: Iterable<readonly [key: Input<Chosen<KE, K>>, value: Input<Chosen<VE, V>>]>,
    options?: EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<number> {
    const { lifetime, native } = this.handle
    lifetime.check()
    const batch = packBatch(entries, this.handle.awaitedTranscoders(options))
    return change(lifetime, options?.signal, () => native.updateBatchAsync(batch))
  }

  /**
   * Deletes many keys in one step. Keys that are not there are no fault.
   *
   * @param keys - The keys, in any order.
   * @param options - The encoding of keys in this call, and how to give up.
   */
  async deleteBatch<KE extends KeyEncoding | undefined = undefined>(
    keys: Iterable<Input<Chosen<KE, K>>>,
    options?: EncodingOptions<KE> & AbortOptions,
  ): Promise<void> {
    const page = packKeys(keys, this.handle.awaitedTranscoders(options).keys)
    const { lifetime, native } = this.handle
    await change(lifetime, options?.signal, () => native.deleteBatchAsync(page))
  }

  /**
   * Deletes every key in a range.
   *
   * @param range - The range, `{}` for every key, and how to give up.
   * @returns How many keys there were.
   */
  async deleteRange<KE extends KeyEncoding | undefined = undefined>(
    range: DeleteRangeOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE> & AbortOptions,
  ): Promise<number> {
    const bounds = checkDeletedRange(range, this.handle.transcoders(range).keys, AWAITED_BOUNDS_NAMES)
    const { lifetime, native } = this.handle
    return change(lifetime, range.signal, () => native.deleteRangeAsync(bounds))
  }

  #entry(
    key: unknown,
    value: unknown,
    options: Parameters<typeof this.handle.awaitedTranscoders>[0],
  ): { readonly keyBytes: Uint8Array; readonly valueBytes: Uint8Array } {
    const { keys, values } = this.handle.awaitedTranscoders(options)
    const [keyPlain, valuePlain] = [keys.plain(key, 'key'), values.plain(value, 'value')]
    return { keyBytes: plainBytes(keyPlain, 'key'), valueBytes: plainBytes(valuePlain, 'value') }
  }
}
