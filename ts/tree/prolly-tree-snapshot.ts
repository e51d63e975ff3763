import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { KeyValueReader } from '../map/key-value-reader.js'
import { MapHandle } from '../map/map-handle.js'
import type { AsyncSequence } from '../native/async-sequence.js'
import { Lifetime } from '../native/lifetime.js'
import { type AnyVerifyOptions, checkProof } from '../proof/check-proof.js'
import { generateProof } from '../proof/generate-proof.js'
import type { GenerateProofOptions, Proven, VerifyProofOptions } from '../proof/proof-options.js'
import type { KeyQuery, SingleKey } from '../options/key-query.js'
import type { RangeBounds } from '../options/range.js'
import type { AbortOptions } from '../options/signal.js'
import type { Change } from '../store/change.js'
import { treeDiff, type TreeDiffOptions } from './tree-diff.js'
import type { ProllyTree } from './prolly-tree.js'
import { ProllyTreeSnapshotPromises } from './prolly-tree-snapshot-promises.js'
import { entryAt, leafAround, rankOf, type TreeLeaf } from './tree-order.js'
import { type DrawOptions, drawingOf, statisticsOf, type TreeStatistics } from './tree-statistics.js'
import { withSnapshot } from './tree-sides.js'
import type { NativeTreeQueries, NativeTreeSnapshot } from '#native'

/**
 * A tree as it was at one moment. What is written to the tree later does not show in it.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export class ProllyTreeSnapshot<K, V> extends KeyValueReader<K, V> implements Disposable {
  /** @internal */
  readonly native: NativeTreeSnapshot
  /** The hash of its root: 64 hexadecimal digits. Trees with equal entries and configurations have equal ones. */
  readonly rootHash: string

  readonly #queries: NativeTreeQueries
  #ownPromises: ProllyTreeSnapshotPromises<K, V> | undefined

  /** @internal */
  constructor(native: NativeTreeSnapshot, parent: Lifetime, tree: MapHandle) {
    super(new MapHandle(native.map(), new Lifetime('snapshot', parent), tree, tree.custom))
    this.native = native
    this.#queries = native.queries()
    this.rootHash = native.rootHash
  }

  /** The same methods off the event loop, each with a promise; otherwise as {@link KeyValueReader.promises}. */
  override get promises(): ProllyTreeSnapshotPromises<K, V> {
    this.#ownPromises ??= new ProllyTreeSnapshotPromises<K, V>(this, this.handle, this.#queries)
    return this.#ownPromises
  }

  /** Whether it can still be read. */
  get isOpen(): boolean {
    return this.handle.lifetime.open
  }

  /**
   * What changed from this snapshot to a newer one, in key order and found as it is asked for. What both share is not
   * read.
   *
   * @param newer - The newer tree.
   * @param options - A range, a limit, encodings, and how to give up.
   */
  diff<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    newer: ProllyTree<K, V> | ProllyTreeSnapshot<K, V>,
    options: TreeDiffOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE> = {},
  ): AsyncSequence<Change<Chosen<KE, K>, Chosen<VE, V>>> {
    return treeDiff(this.handle, options, (bounds) =>
      withSnapshot(newer, (to) => this.native.diff(to, bounds)),
    )
  }

  /**
   * How many keys are less than a key, whether it is there or not. Cost: O(depth) reads of nodes.
   *
   * @param key - The key.
   * @param options - The encoding of keys in this call.
   */
  rank<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE>,
  ): number {
    return rankOf(this.handle, this.#queries, key, options)
  }

  /**
   * The entry that so many keys are less than; `undefined` when there are not so many. Cost: as of {@link ProllyTreeSnapshot.rank}.
   *
   * @param index - A whole number from 0 on.
   * @param options - Encodings of this call.
   */
  nth<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    index: number,
    options?: EncodingOptions<KE, VE>,
  ): [key: Chosen<KE, K>, value: Chosen<VE, V>] | undefined {
    return entryAt(this.handle, this.#queries, index, options)
  }

  /**
   * The leaf that has a key, or would have it, and the way to it. Cost: as of {@link ProllyTreeSnapshot.rank}, and a copy of the leaf.
   *
   * @param key - The key.
   * @param options - Encodings of this call.
   */
  find<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE, VE>,
  ): TreeLeaf<Chosen<KE, K>, Chosen<VE, V>> {
    return leafAround(this.handle, this.#queries, key, options)
  }

  /**
   * How many nodes it has, how large and how full they are. Cost: a read of every node, not of values outside their leaf.
   *
   * @param options - How to give up.
   */
  async stats(options: AbortOptions = {}): Promise<TreeStatistics> {
    return statisticsOf(this.handle, this.#queries, options)
  }

  /**
   * Draws its nodes as lines of text, for people: what it looks like may change. Cost: a read of each node that is drawn.
   *
   * @param options - How much is drawn, and how to give up.
   */
  async draw(options: DrawOptions = {}): Promise<string> {
    return drawingOf(this.handle, this.#queries, options)
  }

  /**
   * The bytes that prove what this snapshot holds, for `verifyProof` or {@link ProllyTreeSnapshot.verify} to whoever knows its root hash. The
   * same query has the same proof, wherever the tree is kept. Cost: a read of each node that the answer needs, and memory
   * for all of them.
   *
   * @param query - A key, an array of keys, or a range; `{}` for every key. Absence is proven as well.
   * @param options - The encoding of keys in this call, whether to leave bytes of long values out, and how to give up.
   */
  async generateProof<KE extends KeyEncoding | undefined = undefined>(
    query: KeyQuery<Input<Chosen<KE, K>>>,
    options: GenerateProofOptions<KE> = {},
  ): Promise<Buffer> {
    return generateProof(this.handle, this.#queries, query, options)
  }

  /**
   * What this snapshot holds, as a proof of it proves it: `verifyProof` with its root hash and its encodings.
   *
   * @param proof - The bytes that `generateProof` made for this query, here or anywhere.
   * @param query - A key, an array of keys, or a range.
   * @param options - Encodings of this call, whether links are allowed, and how to give up.
   * @returns Of a key the value, or `undefined`: it is not there. Of an array the same for each key. Of a range all entries,
   * in key order.
   * @throws `InvalidProofError` when the proof does not prove the answer.
   */
  async verify<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
    L extends boolean = false,
  >(
    proof: Uint8Array,
    query: SingleKey<Input<Chosen<KE, K>>>,
    options?: VerifyProofOptions<KE, VE, L>,
  ): Promise<Proven<Chosen<VE, V>, L> | undefined>
  async verify<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
    L extends boolean = false,
  >(
    proof: Uint8Array,
    query: readonly Input<Chosen<KE, K>>[],
    options?: VerifyProofOptions<KE, VE, L>,
  ): Promise<(Proven<Chosen<VE, V>, L> | undefined)[]>
  async verify<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
    L extends boolean = false,
  >(
    proof: Uint8Array,
    query: RangeBounds<Input<Chosen<KE, K>>>,
    options?: VerifyProofOptions<KE, VE, L>,
  ): Promise<[key: Chosen<KE, K>, value: Proven<Chosen<VE, V>, L>][]>
  async verify(proof: Uint8Array, query: unknown, options: AnyVerifyOptions = {}): Promise<unknown> {
    const transcoders = (own: AnyVerifyOptions) => this.handle.transcoders(own)
    const rootHash = () => this.rootHash
    return checkProof({ proof, query, options, transcoders, rootHash, lifetime: this.handle.lifetime })
  }

  /** Lets go of it. Closing it again does nothing. */
  close(): void {
    if (this.handle.lifetime.close()) this.native.close()
  }

  /** As {@link ProllyTreeSnapshot.close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
