import { KeyValueStore } from '../map/key-value-store.js'
import type { MapHandle } from '../map/map-handle.js'

/**
 * A named key-value space of a store. It has keys of its own, and shares the store's commits, branches and merges. It
 * comes to be by the first write to it, and closes with its store.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 *
 * @example
 * ```ts
 * import { VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * const flags = store.namespace('flags', { valueEncoding: 'json' })
 * flags.insert('dark-mode', true)
 * assert.equal(flags.get('dark-mode'), true)
 * assert.equal(store.has('dark-mode'), false)
 * ```
 */
export class KvNamespace<K, V> extends KeyValueStore<K, V> {
  /** Its name. */
  readonly name: string

  /** @internal */
  constructor(name: string, handle: MapHandle) {
    super(handle)
    this.name = name
  }
}
