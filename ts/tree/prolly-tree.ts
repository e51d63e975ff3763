import type {
  Chosen,
  Decoded,
  EncodingOptions,
  Input,
  KeyEncoding,
  ValueEncoding,
} from '../encoding/encoding.js'
import type { Writable } from 'node:stream'
import { fromNative } from '../errors/from-native.js'
import { KeyValueStore } from '../map/key-value-store.js'
import { type AnyEncodings, MapHandle, transcodersOf } from '../map/map-handle.js'
import { writeStream, type WriteStreamOptions } from '../map/value-write-stream.js'
import { addon } from '../native/addon.js'
import type { AsyncSequence } from '../native/async-sequence.js'
import { change, read } from '../native/call.js'
import { Lifetime } from '../native/lifetime.js'
import { checkName, checkOptionalName, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { type AnyVerifyOptions, checkProof } from '../proof/check-proof.js'
import { generateProof } from '../proof/generate-proof.js'
import type { GenerateProofOptions, Proven, VerifyProofOptions } from '../proof/proof-options.js'
import type { KeyQuery, SingleKey } from '../options/key-query.js'
import type { RangeBounds } from '../options/range.js'
import type { Change } from '../store/change.js'
import { InMemoryNodeStorage } from './in-memory-node-storage.js'
import type { NodeStorage } from './node-storage.js'
import { checkStorage, type ProllyTreeOptions, type PublishOptions } from './prolly-tree-options.js'
import { ProllyTreePromises } from './prolly-tree-promises.js'
import { ProllyTreeSnapshot } from './prolly-tree-snapshot.js'
import { checkTreeConfig, type TreeConfig } from './tree-config.js'
import { withSnapshot } from './tree-sides.js'
import { treeDiff, type TreeDiffOptions } from './tree-diff.js'
import { mergeTree, type TreeMergeOptions, type TreeMergeResult } from './tree-merge.js'
import { entryAt, leafAround, rankOf, type TreeLeaf } from './tree-order.js'
import { type DrawOptions, drawingOf, statisticsOf, type TreeStatistics } from './tree-statistics.js'
import type { NativeTree, NativeTreeQueries } from '#native'

/**
 * A sorted map with a root hash, without a history of its own: the tree below a `VersionedKvStore`. It can be compared
 * with and merged into others in the same storage, and be published there under a name.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 *
 * @example
 * ```ts
 * import { ProllyTree } from 'prollytree'
 *
 * using tree = ProllyTree.create()
 * tree.insertBatch([['a', '1'], ['b', '2']])
 * using before = await tree.snapshot()
 * tree.update('b', '3')
 * assert.deepEqual(await before.diff(tree).toArray(), [
 *   { type: 'modified', key: 'b', oldValue: '2', newValue: '3' },
 * ])
 * ```
 */
export class ProllyTree<K, V> extends KeyValueStore<K, V> implements Disposable {
  /** Where its nodes are kept. */
  readonly storage: NodeStorage
  /** What decides its shape. */
  readonly config: TreeConfig
  /** @internal */
  readonly native: NativeTree
  readonly #queries: NativeTreeQueries
  #ownPromises: ProllyTreePromises<K, V> | undefined
  /** The root hashes that this tree was opened from or published as, by name. */
  readonly #published = new Map<string, string>()

  private constructor(native: NativeTree, storage: NodeStorage, encodings: AnyEncodings) {
    const lifetime = new Lifetime('tree', storage.lifetime)
    super(new MapHandle(native.map(), lifetime, transcodersOf(encodings), storage.custom))
    this.native = native
    this.#queries = native.queries()
    this.storage = storage
    this.config = native.config
  }

  /**
   * Makes a tree without entries.
   *
   * @param options - Its storage, its shape and its encodings.
   */
  static create<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
    options: ProllyTreeOptions<KE, VE> = {},
  ): ProllyTree<Decoded<KE>, Decoded<VE>> {
    checkOptions(options, ['storage', 'config', 'keyEncoding', 'valueEncoding'])
    transcodersOf(options)
    const storage = options.storage ?? new InMemoryNodeStorage()
    checkStorage(storage)
    storage.lifetime.check()
    const config = options.config === undefined ? undefined : checkTreeConfig(options.config)
    try {
      return new ProllyTree<Decoded<KE>, Decoded<VE>>(
        addon().NativeTree.empty(storage.native, config),
        storage,
        options,
      )
    } catch (error) {
      throw fromNative(error)
    }
  }

  /**
   * Opens the tree that is published under a name.
   *
   * @param storage - Where it is.
   * @param name - The name.
   * @param options - Its encodings, and how to give up.
   */
  static async open<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
    storage: NodeStorage,
    name: string,
    options: EncodingOptions<KE, VE> & AbortOptions = {},
  ): Promise<ProllyTree<Decoded<KE>, Decoded<VE>>> {
    checkName('name', name)
    const tree = await ProllyTree.#opened<KE, VE>(storage, options, () =>
      addon().NativeTree.open(storage.native, name),
    )
    tree.#published.set(name, await tree.rootHash())
    return tree
  }

  /**
   * Opens the tree with a root hash.
   *
   * @param storage - Where it is.
   * @param rootHash - The hash.
   * @param options - Its encodings, and how to give up.
   */
  static async at<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
    storage: NodeStorage,
    rootHash: string,
    options: EncodingOptions<KE, VE> & AbortOptions = {},
  ): Promise<ProllyTree<Decoded<KE>, Decoded<VE>>> {
    checkName('rootHash', rootHash)
    return ProllyTree.#opened(storage, options, () => addon().NativeTree.at(storage.native, rootHash))
  }

  /** The same methods off the event loop, each with a promise; otherwise as {@link KeyValueReader.promises}. */
  override get promises(): ProllyTreePromises<K, V> {
    this.#ownPromises ??= new ProllyTreePromises<K, V>(this, this.handle, this.#queries)
    return this.#ownPromises
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return this.handle.lifetime.open
  }

  /**
   * The hash of its root: 64 hexadecimal digits. Trees with equal entries and configurations have equal ones, whatever
   * was done to get there.
   *
   * @param options - How to give up.
   */
  async rootHash(options: AbortOptions = {}): Promise<string> {
    using snapshot = await this.snapshot(options)
    return snapshot.rootHash
  }

  /**
   * The tree as it is now, to be read whatever is written to it later.
   *
   * @param options - How to give up.
   */
  async snapshot(options: AbortOptions = {}): Promise<ProllyTreeSnapshot<K, V>> {
    checkOptions(options, ['signal'])
    const native = await read(this.handle.lifetime, options.signal, () => this.native.snapshot())
    return new ProllyTreeSnapshot(native, this.storage.lifetime, this.handle)
  }

  /**
   * Takes the value of a key as a stream, off the event loop: for values that are too long to be held whole, up to
   * 256 MiB. Options and events are those of `fs.createWriteStream`.
   *
   * When it emits `finish` the key has the value, which nobody sees a part of before. Destroyed or aborted before that it
   * changes nothing, unless its last step has begun: that one is done whole. It fails with `InvalidArgumentError` as soon
   * as there are more bytes than a value may have, with `ClosedError` when the tree is closed, and with `AbortedError`.
   * Memory: about 8 MiB beside `highWaterMark`.
   *
   * Long values are written while they come. What a stream wrote that did not finish is garbage, which
   * {@link NodeStorage.collectGarbage} deletes; its `grace` must be longer than any stream takes that is under way.
   *
   * A `VersionedKvStore` takes no streams: what it stages is one record of its journal, with the whole value.
   *
   * @param key - The key, which is created or gets a new value.
   * @param options - How much is taken at once, the encoding of the key, and how to give up.
   * @example
   * ```ts
   * import { Readable } from 'node:stream'
   * import { buffer } from 'node:stream/consumers'
   * import { pipeline } from 'node:stream/promises'
   * import { FileNodeStorage, ProllyTree } from 'prollytree'
   *
   * using storage = await FileNodeStorage.open(`${folder}/nodes`)
   * using tree = ProllyTree.create({ storage })
   * const megabytes = Array.from({ length: 10 }, () => Buffer.alloc(1_000_000, 'prolly '))
   * await pipeline(Readable.from(megabytes), tree.createWriteStream('film'))
   * const bytes = await buffer(tree.createReadStream('film', { start: 7_000_000 }))
   * assert.equal(bytes.length, 3_000_000)
   * ```
   */
  createWriteStream<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: WriteStreamOptions & EncodingOptions<KE>,
  ): Writable {
    return writeStream(this.handle, key, options)
  }

  /**
   * What changed from this tree to a newer one, in key order and found as it is asked for. What both share is not read.
   *
   * @param newer - The newer tree.
   * @param options - A range, a limit, encodings, and how to give up.
   */
  diff<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    newer: ProllyTree<K, V> | ProllyTreeSnapshot<K, V>,
    options: TreeDiffOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE> = {},
  ): AsyncSequence<Change<Chosen<KE, K>, Chosen<VE, V>>> {
    return treeDiff(this.handle, options, (bounds) =>
      withSnapshot(this, (from) => withSnapshot(newer, (to) => from.diff(to, bounds))),
    )
  }

  /**
   * Merges another tree into this one: keys changed on one side only are taken over, and a key that both sides changed
   * differently is a conflict.
   *
   * @param source - The other tree.
   * @param base - The tree that both began with.
   * @param options - What settles conflicts, and how to give up.
   * @throws `MergeConflictError` when there are conflicts, and neither a strategy nor a resolver.
   * @example
   * ```ts
   * import { ProllyTree } from 'prollytree'
   *
   * using tree = ProllyTree.create()
   * tree.insertBatch([['a', '1'], ['b', '1']])
   * using base = await tree.snapshot()
   * using other = await ProllyTree.at(tree.storage, base.rootHash)
   * tree.insert('a', '2')
   * other.insert('b', '2')
   * await tree.merge(other, base)
   * assert.deepEqual([...tree.values()], ['2', '2'])
   * ```
   */
  async merge(
    source: ProllyTree<K, V> | ProllyTreeSnapshot<K, V>,
    base: ProllyTree<K, V> | ProllyTreeSnapshot<K, V>,
    options: TreeMergeOptions<K, V> = {},
  ): Promise<TreeMergeResult> {
    return mergeTree(this.handle, options, () =>
      withSnapshot(base, (from) => withSnapshot(source, (other) => this.native.beginMerge(from, other))),
    )
  }

  /**
   * How many keys are less than a key, whether it is there or not. Cost: O(depth) reads of nodes.
   * Pending writes are applied first.
   *
   * @param key - The key.
   * @param options - The encoding of keys in this call.
   * @example
   * ```ts
   * import { ProllyTree } from 'prollytree'
   *
   * using tree = ProllyTree.create()
   * tree.insertBatch([['a', '1'], ['c', '3'], ['e', '5']])
   * assert.equal(tree.rank('c'), 1)
   * assert.equal(tree.rank('d'), 2)
   * assert.deepEqual(tree.nth(2), ['e', '5'])
   * const { found, index } = tree.find('b')
   * assert.deepEqual([found, index], [false, 1])
   * ```
   */
  rank<KE extends KeyEncoding | undefined = undefined>(
    key: Input<Chosen<KE, K>>,
    options?: EncodingOptions<KE>,
  ): number {
    return rankOf(this.handle, this.#queries, key, options)
  }

  /**
   * The entry that so many keys are less than; `undefined` when there are not so many. Cost: as of {@link ProllyTree.rank}.
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
   * The leaf that has a key, or would have it, and the way to it. Cost: as of {@link ProllyTree.rank}, and a copy of the leaf.
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
   * The bytes that prove what this tree holds, for `verifyProof` or {@link ProllyTree.verify} to whoever knows its root hash. The
   * same query has the same proof, wherever the tree is kept. Cost: a read of each node that the answer needs, and memory
   * for all of them. Pending writes are applied
   * first.
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
   * What this tree holds, as a proof of it proves it: `verifyProof` with its root hash, as it is now, and its encodings.
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
    const rootHash = () => this.rootHash()
    return checkProof({ proof, query, options, transcoders, rootHash, lifetime: this.handle.lifetime })
  }

  /**
   * Makes this tree, as it is now, the one that is published under a name, unless another one was published meanwhile.
   *
   * @param name - The name; in Git, the branch.
   * @param options - What is published now, and how to give up.
   * @returns The root hash.
   * @throws `ConflictError` when something else is published under the name.
   */
  async publish(name: string, options: PublishOptions = {}): Promise<string> {
    checkName('name', name)
    checkOptions(options, ['expected', 'signal'])
    const { expected = this.#published.get(name), signal } = options
    if (expected !== null) checkOptionalName('expected', expected)
    const publish = () => this.native.publish(name, expected)
    const rootHash = await change(this.handle.lifetime, signal, publish)
    this.#published.set(name, rootHash)
    return rootHash
  }

  /** Lets go of the tree. What was not published is gone. Closing it again does nothing. */
  close(): void {
    if (this.handle.lifetime.close()) this.native.close()
  }

  /** As {@link ProllyTree.close}. */
  [Symbol.dispose](): void {
    this.close()
  }

  static async #opened<KE extends KeyEncoding, VE extends ValueEncoding>(
    storage: NodeStorage,
    options: AnyEncodings & AbortOptions,
    open: () => Promise<NativeTree>,
  ): Promise<ProllyTree<Decoded<KE>, Decoded<VE>>> {
    checkStorage(storage)
    checkOptions(options, ['keyEncoding', 'valueEncoding', 'signal'])
    transcodersOf(options)
    const native = await change(storage.lifetime, options.signal, open)
    return new ProllyTree<Decoded<KE>, Decoded<VE>>(native, storage, options)
  }
}
