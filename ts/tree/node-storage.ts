import { change } from '../native/call.js'
import { Lifetime } from '../native/lifetime.js'
import { checkFlag, checkName, checkOptions, invalid } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { type CopyOptions, copyNodes, type CopyReport } from './copy-nodes.js'
import type { Awaitable, StoredNode } from './stored-node.js'
import type { NativeStorage } from '#native'

/** How {@link NodeStorage.collectGarbage} decides. */
export interface CollectGarbageOptions extends AbortOptions {
  /** Root hashes of trees that are live without being published. */
  roots?: readonly string[] | undefined
  /**
   * Nodes written less than this many milliseconds ago are kept, with all that they reach, so that whoever wrote them can
   * publish them yet; an hour by default. Memory, RocksDB and storages of your own keep no times: there only what is
   * written during the collection is kept.
   */
  grace?: number | undefined
  /** Only count, and delete nothing. */
  dryRun?: boolean | undefined
}

/** What {@link NodeStorage.collectGarbage} found. */
export interface CollectedGarbage {
  /** Nodes that stay. */
  live: number
  /** Nodes that went, or with `dryRun` would go. */
  garbage: number
  /** Bytes of these. */
  garbageBytes: number
}

const HOUR = 3_600_000

/**
 * Keeps the nodes of trees, and the roots that are published under a name.
 *
 * This is what every storage does: four are part of the library, and a {@link CustomNodeStorage} is yours. Trees use it;
 * to move nodes between places it can be used by itself.
 *
 * @example
 * ```ts
 * import { FileNodeStorage, InMemoryNodeStorage, ProllyTree } from 'prollytree'
 *
 * using memory = new InMemoryNodeStorage()
 * using tree = ProllyTree.create({ storage: memory })
 * tree.insert('a', '1')
 * const rootHash = await tree.publish('main')
 *
 * using files = await FileNodeStorage.open(`${folder}/nodes`)
 * const bytes = await memory.get(rootHash)
 * assert(bytes)
 * await files.put([{ address: rootHash, bytes }])
 * assert.equal(await files.compareAndSwapRoot('main', undefined, rootHash), true)
 * await files.sync()
 * ```
 */
export abstract class NodeStorage implements Disposable {
  /** @internal */
  abstract readonly native: NativeStorage
  /** @internal */
  readonly lifetime = new Lifetime('storage', undefined, this)

  /**
   * What its methods are called in messages when they are code of the user, which the event loop must be free to run.
   *
   * @internal
   */
  get custom(): string | undefined {
    return undefined
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return this.lifetime.open
  }

  /**
   * The bytes of a node; `undefined` when it is not there.
   *
   * @param address - The address of the node: 64 lower-case hexadecimal digits.
   * @param options - How to give up.
   */
  abstract get(address: string, options?: AbortOptions): Awaitable<Uint8Array | undefined>

  /**
   * The bytes of many nodes, in the order of their addresses: cheaper than one by one.
   *
   * @param addresses - The addresses.
   * @param options - How to give up.
   * @returns As many as there are addresses; `undefined` for a node that is not there.
   */
  abstract getMany(
    addresses: readonly string[],
    options?: AbortOptions,
  ): Awaitable<readonly (Uint8Array | undefined)[]>

  /**
   * Which of these nodes are there, in the order of their addresses. `false` may also mean that finding out would cost
   * more than putting the node again.
   *
   * @param addresses - The addresses.
   * @param options - How to give up.
   */
  abstract hasMany(addresses: readonly string[], options?: AbortOptions): Awaitable<readonly boolean[]>

  /**
   * Keeps nodes. Putting one that is there already changes nothing. Put what a node links to before the node, or together
   * with it: whoever finds a node takes it that all below it is there.
   *
   * @param nodes - The nodes.
   * @param options - How to give up.
   */
  abstract put(nodes: readonly StoredNode[], options?: AbortOptions): Awaitable<void>

  /**
   * Deletes nodes. One that is not there is no fault. {@link NodeStorage.collectGarbage} knows which ones nobody needs.
   *
   * @param addresses - Their addresses.
   * @param options - How to give up.
   */
  abstract delete(addresses: readonly string[], options?: AbortOptions): Awaitable<void>

  /**
   * The root hash published under a name; `undefined` when there is none.
   *
   * @param name - The name.
   * @param options - How to give up.
   */
  abstract root(name: string, options?: AbortOptions): Awaitable<string | undefined>

  /**
   * Every published root hash by its name.
   *
   * @param options - How to give up.
   */
  abstract roots(options?: AbortOptions): Awaitable<ReadonlyMap<string, string>>

  /**
   * Publishes a root hash under a name, in one step, if what is published there now is what is expected; `undefined`
   * stands for nothing. {@link ProllyTree.publish} does this for a tree.
   *
   * @param name - The name.
   * @param expected - What must be published now.
   * @param replacement - What is to be published; `undefined` to remove the name.
   * @param options - How to give up.
   * @returns Whether it was what is expected; when it was not, nothing has changed.
   */
  abstract compareAndSwapRoot(
    name: string,
    expected: string | undefined,
    replacement: string | undefined,
    options?: AbortOptions,
  ): Awaitable<boolean>

  /**
   * Returns once all that was put survives a loss of power, as far as the storage promises that at all.
   *
   * @param options - How to give up.
   */
  abstract sync(options?: AbortOptions): Awaitable<void>

  /**
   * Copies to another storage what it lacks of the tree with this root hash. It stops at every node that the target has,
   * so copying a changed tree costs about what was changed, and a copy that failed midway or was aborted goes on where it
   * was. Every node is verified.
   *
   * The root is not published: `(await ProllyTree.at(target, rootHash)).publish(name)` does that.
   *
   * @param target - Where to.
   * @param rootHash - The root hash of the tree.
   * @param options - Who is told how far it is, and how to give up.
   * @example
   * ```ts
   * import { FileNodeStorage, ProllyTree } from 'prollytree'
   *
   * using tree = ProllyTree.create()
   * tree.insertBatch(Array.from({ length: 1000 }, (_, row) => [`row:${row}`, `value ${row}`]))
   * const rootHash = await tree.rootHash()
   * using files = await FileNodeStorage.open(`${folder}/copy`)
   * const reports: number[] = []
   * const { nodes } = await tree.storage.copyTo(files, rootHash, {
   *   onProgress: (progress) => reports.push(progress.nodes),
   * })
   * assert.equal(reports.at(-1), nodes)
   * ```
   */
  async copyTo(target: NodeStorage, rootHash: string, options: CopyOptions = {}): Promise<CopyReport> {
    if (!(target instanceof NodeStorage)) throw invalid('target', 'a storage', target)
    return copyNodes(this, target, rootHash, options)
  }

  /**
   * Deletes the nodes that nothing needs: neither a published root, nor one of `roots`, nor a node written of late
   * reaches them. Trees that are open and not published are lost unless they are among `roots`.
   *
   * A Git repository collects its garbage itself: `git gc`.
   *
   * @param options - What else is live, and how to give up.
   */
  async collectGarbage(options: CollectGarbageOptions = {}): Promise<CollectedGarbage> {
    checkOptions(options, ['signal', 'roots', 'grace', 'dryRun'])
    const { roots = [], grace = HOUR, dryRun = false } = options
    if (!Array.isArray(roots)) throw invalid('options.roots', 'an array of root hashes', roots)
    roots.forEach((root, index) => checkName(`options.roots[${index}]`, root))
    if (typeof grace !== 'number' || !(grace >= 0 && grace < Infinity)) {
      throw invalid('options.grace', 'a number of milliseconds from 0 on', grace)
    }
    checkFlag('options.dryRun', dryRun)
    return change(this.lifetime, options.signal, () => this.native.collectGarbage([...roots], grace, dryRun))
  }

  /**
   * Lets go of the storage, and closes the trees in it. Operations under way in a storage of your own fail. Closing it
   * again does nothing.
   */
  close(): void {
    if (this.lifetime.close()) this.native.close()
  }

  /** As {@link NodeStorage.close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
