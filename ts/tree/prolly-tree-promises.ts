import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import type { MapHandle } from '../map/map-handle.js'
import { KeyValueWriterPromises } from '../map/key-value-writer-promises.js'
import type { AbortOptions } from '../options/signal.js'
import type { ProllyTree } from './prolly-tree.js'
import type { TreeLeaf } from './tree-order.js'
import { awaitEntry, awaitLeaf, awaitRank, type OrderedTree } from './tree-order-promises.js'
import type { NativeTreeQueries } from '#native'

/**
 * What a {@link ProllyTree} does, off the event loop. Methods are called as there, mean the same and take a `signal` beside their
 * options.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export class ProllyTreePromises<K, V> extends KeyValueWriterPromises<K, V> {
  readonly #tree: OrderedTree

  /** @internal */
  constructor(tree: ProllyTree<K, V>, handle: MapHandle, queries: NativeTreeQueries) {
    super(tree, handle)
    this.#tree = { handle, queries }
  }

  /**
   * How many keys are less than a key, whether it is there or not.
   *
   * @param key - The key.
   * @param options - The encoding of keys in this call, and how to give up.
   */
  async rank<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE> & AbortOptions,
  ): Promise<number> {
    return awaitRank(this.#tree, key, options)
  }

  /**
   * The entry that so many keys are less than; `undefined` when there are not so many.
   *
   * @param index - A whole number from 0 on.
   * @param options - Encodings of this call, and how to give up.
   */
  async nth<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    index: number,
    options?: EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<[key: Chosen<KE, K>, value: Chosen<VE, V>] | undefined> {
    return awaitEntry(this.#tree, index, options)
  }

  /**
   * The leaf that has a key, or would have it, and the way to it.
   *
   * @param key - The key.
   * @param options - Encodings of this call, and how to give up.
   */
  async find<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE, VE> & AbortOptions,
  ): Promise<TreeLeaf<Chosen<KE, K>, Chosen<VE, V>>> {
    return awaitLeaf(this.#tree, key, options)
  }
}
