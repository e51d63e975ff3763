import { now } from '../native/call.js'
import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { addon } from '../native/addon.js'
import { invalid } from '../options/check.js'
import { BOUNDS_NAMES, checkRange, type RangeBounds } from '../options/range.js'
import { KeyValueReader } from './key-value-reader.js'
import type { Transcoders } from './map-handle.js'
import { EntryPacker, iterable, packKeys } from './pack.js'
import { pointDelete, pointInsert, pointUpdate } from './point.js'
import type { NativeBatch } from '#native'

/**
 * Bounds of the keys to delete.
 *
 * @typeParam K - The type of the keys.
 */
export type DeleteRangeOptions<K> = RangeBounds<K>

/**
 * What can be done with keys and values.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class KeyValueWriter<K, V> extends KeyValueReader<K, V> {
  /**
   * Creates a key, or replaces its value.
   *
   * @param key - The key, at most 8 KiB of bytes.
   * @param value - The value, at most 256 MiB of bytes.
   * @param options - Encodings of this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('user:1', 'Ada')
   * store.insert('user:1', { name: 'Ada' }, { valueEncoding: 'json' })
   * assert.equal(store.get('user:1'), '{"name":"Ada"}')
   * ```
   */
  insert<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    value: Input<Chosen<VE, V>>,
    options?: EncodingOptions<KE, VE>,
  ): void {
    const { keys, values } = this.handle.onlyTranscoders(options)
    pointInsert(this.handle, keys.plain(key, 'key'), values.plain(value, 'value'))
  }

  /**
   * Replaces the value of a key that is there.
   *
   * @param key - The key.
   * @param value - The value.
   * @param options - Encodings of this call.
   * @returns Whether the key was there; when it was not, nothing has changed.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * assert.equal(store.update('a', '1'), false)
   * store.insert('a', '1')
   * assert.equal(store.update('a', '2'), true)
   * ```
   */
  update<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    value: Input<Chosen<VE, V>>,
    options?: EncodingOptions<KE, VE>,
  ): boolean {
    const { keys, values } = this.handle.onlyTranscoders(options)
    return pointUpdate(this.handle, keys.plain(key, 'key'), values.plain(value, 'value'))
  }

  /**
   * Deletes a key.
   *
   * @param key - The key.
   * @param options - The encoding of the key in this call.
   * @returns Whether the key was there.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('a', '1')
   * assert.equal(store.delete('a'), true)
   * assert.equal(store.delete('a'), false)
   * ```
   */
  delete<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE>,
  ): boolean {
    const { keys } = this.handle.onlyTranscoders(options)
    return pointDelete(this.handle, keys.plain(key, 'key'))
  }

  /**
   * Creates or replaces many keys in one step: all of them or, when one is refused, none. Of two entries with one key
   * the last wins.
   *
   * @param entries - Pairs of key and value, in any order: an array, a `Map`, a generator.
   * @param options - Encodings of this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['b', '2'], ['a', '1']])
   * store.insertBatch(new Map([['c', '3']]))
   * assert.equal(store.count(), 3)
   * ```
   */
  insertBatch<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    entries: Iterable<readonly [key: Input<Chosen<KE, K>>, value: Input<Chosen<VE, V>>]>,
    options?: EncodingOptions<KE, VE>,
  ): void {
    this.#batch(entries, this.handle.onlyTranscoders(options), (batch) =>
      this.handle.native.insertBatch(batch),
    )
  }

  /**
   * Replaces the values of those keys that are there, in one step; the other entries are left out.
   *
   * @param entries - Pairs of key and value, in any order.
   * @param options - Encodings of this call.
   * @returns How many of the entries had a key that is there.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('a', '1')
   * assert.equal(store.updateBatch([['a', '2'], ['b', '2']]), 1)
   * assert.deepEqual([...store.entries()], [['a', '2']])
   * ```
   */
  updateBatch<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    entries: Iterable<readonly [key: Input<Chosen<KE, K>>, value: Input<Chosen<VE, V>>]>,
    options?: EncodingOptions<KE, VE>,
  ): number {
    return this.#batch(entries, this.handle.onlyTranscoders(options), (batch) =>
      this.handle.native.updateBatch(batch),
    )
  }

  /**
   * Deletes many keys in one step. Keys that are not there are no fault.
   *
   * @param keys - The keys, in any order.
   * @param options - The encoding of keys in this call.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['a', '1'], ['b', '2'], ['c', '3']])
   * store.deleteBatch(['a', 'c'])
   * assert.deepEqual([...store.keys()], ['b'])
   * ```
   */
  deleteBatch<KE extends KeyEncoding | undefined = undefined>(
    keys: Iterable<Input<Chosen<KE, K>>>,
    options?: EncodingOptions<KE>,
  ): void {
    const page = packKeys(keys, this.handle.onlyTranscoders(options).keys)
    this.handle.lifetime.check()
    now(() => this.handle.native.deleteBatch(page))
  }

  /**
   * Deletes every key in a range. Its cost does not depend on how many there are.
   *
   * @param range - The range; `{}` for every key.
   * @returns How many keys there were.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['flag:a', '1'], ['flag:b', '0'], ['user:1', 'Ada']])
   * assert.equal(store.deleteRange({ prefix: 'flag:' }), 2)
   * assert.deepEqual([...store.keys()], ['user:1'])
   * ```
   */
  deleteRange<KE extends KeyEncoding | undefined = undefined>(
    range: DeleteRangeOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE>,
  ): number {
    if (range === undefined) throw invalid('range', 'an object, {} for every key', range)
    const { bounds } = checkRange(range, this.handle.transcoders(range).keys, BOUNDS_NAMES)
    this.handle.lifetime.check()
    return now(() => this.handle.native.deleteRange(bounds))
  }

  #batch<T>(entries: Iterable<unknown>, transcoders: Transcoders, write: (batch: NativeBatch) => T): T {
    this.handle.lifetime.check()
    const batch = new (addon().NativeBatch)()
    const packer = new EntryPacker(transcoders)
    // The batch copies each page, so the packer may write the next one into the same memory.
    const append = (page: Uint8Array | undefined): void => {
      if (page !== undefined) batch.append(page)
    }
    for (const entry of iterable('entries', entries)) append(packer.add(entry))
    append(packer.end())
    // The iterable is code of the user, which may have closed the store.
    this.handle.lifetime.check()
    return now(() => write(batch))
  }
}
