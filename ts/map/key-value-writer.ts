import { now } from '../native/call.js'
import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { BOUNDS_NAMES, checkDeletedRange, type RangeBounds } from '../options/range.js'
import { KeyValueReader } from './key-value-reader.js'
import type { Transcoders } from './map-handle.js'
import { packBatch } from './batch.js'
import { KeyValueWriterPromises } from './key-value-writer-promises.js'
import { packKeys } from './pack.js'
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
  #promises: KeyValueWriterPromises<K, V> | undefined

  /** The same methods off the event loop, each with a promise; otherwise as {@link KeyValueReader.promises}. */
  override get promises(): KeyValueWriterPromises<K, V> {
    this.#promises ??= new KeyValueWriterPromises<K, V>(this, this.handle)
    return this.#promises
  }

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
    const transcoders = this.handle.onlyTranscoders(options)
    const insert = (batch: NativeBatch): void => this.handle.native.insertBatch(batch)
    this.#batch('insertBatch', entries, transcoders, insert)
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
    const transcoders = this.handle.onlyTranscoders(options)
    const update = (batch: NativeBatch): number => this.handle.native.updateBatch(batch)
    return this.#batch('updateBatch', entries, transcoders, update)
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
    this.handle.checkNow('promises.deleteBatch')
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
    const bounds = checkDeletedRange(range, this.handle.transcoders(range).keys, BOUNDS_NAMES)
    this.handle.checkNow('promises.deleteRange')
    return now(() => this.handle.native.deleteRange(bounds))
  }

  #batch<T>(
    method: string,
    entries: Iterable<unknown>,
    transcoders: Transcoders,
    write: (batch: NativeBatch) => T,
  ): T {
    const instead = `promises.${method}`
    this.handle.checkNow(instead)
    const batch = packBatch(entries, transcoders)
    // The iterable is code of the user, which may have closed the store.
    this.handle.checkNow(instead)
    return now(() => write(batch))
  }
}
