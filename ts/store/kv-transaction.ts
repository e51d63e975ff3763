import type { Chosen, EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { KeyValueWriter } from '../map/key-value-writer.js'
import { MapHandle } from '../map/map-handle.js'
import { now } from '../native/call.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkName } from '../options/check.js'
import type { NativeTransaction } from '#native'

/** The keys of one namespace in a transaction. */
class NamespaceTransaction<K, V> extends KeyValueWriter<K, V> {}

/**
 * Private writes that are published in one step, as a commit of their own. It reads the commit that it began on and its
 * own writes: neither what is staged nor what others commit meanwhile. `VersionedKvStore.transact` makes it, and closes
 * it when the callback is done.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export class KvTransaction<K, V> extends KeyValueWriter<K, V> {
  readonly #native: NativeTransaction

  /** @internal */
  constructor(native: NativeTransaction, lifetime: Lifetime, parent: MapHandle) {
    super(new MapHandle(native.map(), lifetime, parent))
    this.#native = native
  }

  /**
   * The keys of a named namespace in this transaction.
   *
   * @param name - The name.
   * @param encodings - Its encodings, where they are not those of the store.
   */
  namespace<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    name: string,
    encodings?: EncodingOptions<KE, VE>,
  ): KeyValueWriter<Chosen<KE, K>, Chosen<VE, V>> {
    checkName('name', name)
    const { lifetime } = this.handle
    lifetime.check()
    return new NamespaceTransaction<Chosen<KE, K>, Chosen<VE, V>>(
      new MapHandle(
        now(() => this.#native.map(name)),
        lifetime,
        this.handle.onlyTranscoders(encodings),
      ),
    )
  }
}
