import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { KeyValueReader } from '../map/key-value-reader.js'
import { MapHandle } from '../map/map-handle.js'
import { addon } from '../native/addon.js'
import { now, read } from '../native/call.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkName, checkOptionalName, checkOptions } from '../options/check.js'
import { type KeyQuery, packQuery } from '../options/key-query.js'
import type { AbortOptions } from '../options/signal.js'
import type { ProveOptions } from '../proof/proof-options.js'
import type { NamespaceInfo } from './namespace-info.js'
import type { NativeSnapshot, NativeSql } from '#native'

/** The keys of one namespace in one version. */
class NamespaceSnapshot<K, V> extends KeyValueReader<K, V> {}

/**
 * One version of a store, to be read for as long as it is open: a commit, or the working state of a moment. What is
 * written or committed later does not show in it.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 *
 * @example
 * ```ts
 * import { VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * store.insert('color', 'red')
 * await store.commit('Red', { author: { name: 'Ada', email: 'ada@example.org' } })
 * store.insert('color', 'blue')
 * using red = await store.at('HEAD')
 * assert.equal(red.get('color'), 'red')
 * ```
 */
export class KvSnapshot<K, V> extends KeyValueReader<K, V> implements Disposable {
  readonly #native: NativeSnapshot

  /** @internal */
  constructor(native: NativeSnapshot, lifetime: Lifetime, parent: MapHandle) {
    super(new MapHandle(native.map(), lifetime, parent))
    this.#native = native
    this.commit = native.commit ?? undefined
    this.rootHash = native.rootHash
  }

  /** The id of the commit it shows; `undefined` for a working state. */
  readonly commit: string | undefined

  /** The root hash of its tree: 64 hexadecimal digits. */
  readonly rootHash: string

  /** @internal A connection to its tables, and its lifetime. */
  connect(): readonly [NativeSql, Lifetime] {
    const { lifetime } = this.handle
    lifetime.check()
    return [now(() => addon().NativeSql.ofSnapshot(this.#native)), lifetime]
  }

  /** Whether it can still be read. */
  get isOpen(): boolean {
    return this.handle.lifetime.open
  }

  /**
   * The keys of a named namespace in this version; it is empty when the namespace was not there.
   *
   * @param name - The name.
   * @param encodings - Its encodings, where they are not those of the store.
   */
  namespace<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    name: string,
    encodings?: EncodingOptions<KE, VE>,
  ): KeyValueReader<Chosen<KE, K>, Chosen<VE, V>> {
    checkName('name', name)
    const { lifetime } = this.handle
    lifetime.check()
    return new NamespaceSnapshot<Chosen<KE, K>, Chosen<VE, V>>(
      new MapHandle(
        now(() => this.#native.map(name)),
        lifetime,
        this.handle.onlyTranscoders(encodings),
      ),
    )
  }

  /**
   * The named namespaces of this version, by name.
   *
   * @param options - How to give up.
   */
  async namespaces(options: AbortOptions = {}): Promise<NamespaceInfo[]> {
    checkOptions(options, ['signal'])
    return read(this.handle.lifetime, options.signal, () => this.#native.namespaces())
  }

  /**
   * The bytes that prove what this version holds, for `verifyStoreProof` to whoever knows its root hash. A version, a query
   * and a namespace have one proof. Cost: a read of each node that the answer needs, for a named namespace of those that
   * list the namespaces too, and memory for the whole proof, values included.
   *
   * @param query - A key, an array of keys, or a range; `{}` for every key. What is missing is proven to be.
   * @param options - The namespace, the encoding of the keys, and how to give up.
   */
  async prove<KE extends KeyEncoding | undefined = undefined>(
    query: KeyQuery<Input<Chosen<KE, K>>>,
    options: ProveOptions<KE> = {},
  ): Promise<Buffer> {
    checkOptions(options, ['namespace', 'keyEncoding', 'signal'])
    const { namespace, signal } = options
    checkOptionalName('namespace', namespace)
    const { native } = packQuery(query, this.handle.transcoders(options).keys)
    const proof = await read(this.handle.lifetime, signal, () => this.#native.prove(native, namespace))
    return Buffer.from(proof.buffer, proof.byteOffset, proof.byteLength)
  }

  /** Lets go of the version. Closing it again does nothing. */
  close(): void {
    if (this.handle.lifetime.close()) this.#native.close()
  }

  /** As {@link KvSnapshot.close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
