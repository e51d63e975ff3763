import type { Chosen, EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { MapHandle } from '../map/map-handle.js'
import { change, now, read } from '../native/call.js'
import { checkName, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { KvNamespace } from './kv-namespace.js'
import type { NamespaceInfo } from './namespace-info.js'
import { StoreUpkeep } from './store-upkeep.js'

/**
 * Named key-value spaces of a store. One commit, diff or merge carries all of them.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StoreNamespaces<K, V> extends StoreUpkeep<K, V> {
  /**
   * A named key-value space of the store, with keys of its own. The first write to it makes it.
   *
   * @param name - The name: 1 to 255 bytes without control characters.
   * @param encodings - Its encodings, where they are not those of the store.
   */
  namespace<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    name: string,
    encodings?: EncodingOptions<KE, VE>,
  ): KvNamespace<Chosen<KE, K>, Chosen<VE, V>> {
    checkName('name', name)
    const transcoders = this.handle.onlyTranscoders(encodings)
    const { lifetime } = this.handle
    lifetime.check()
    return new KvNamespace(
      name,
      new MapHandle(
        now(() => this.native.map(name)),
        lifetime,
        transcoders,
      ),
    )
  }

  /**
   * The named namespaces, by name.
   *
   * @param options - How to give up.
   */
  async namespaces(options: AbortOptions = {}): Promise<NamespaceInfo[]> {
    checkOptions(options, ['signal'])
    return read(this.handle.lifetime, options.signal, () => this.native.namespaces())
  }

  /**
   * Drops a named namespace with all its keys.
   *
   * @param name - The name.
   * @param options - How to give up.
   * @returns Whether it was there.
   */
  async dropNamespace(name: string, options: AbortOptions = {}): Promise<boolean> {
    checkName('name', name)
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.dropNamespace(name))
  }

  /**
   * Gives a named namespace another name.
   *
   * @param from - Its name.
   * @param to - The new name.
   * @param options - How to give up.
   */
  async renameNamespace(from: string, to: string, options: AbortOptions = {}): Promise<void> {
    checkName('from', from)
    checkName('to', to)
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.renameNamespace(from, to))
  }
}
