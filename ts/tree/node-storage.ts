import { change } from '../native/call.js'
import { Lifetime } from '../native/lifetime.js'
import { checkFlag, checkName, checkOptions, invalid } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import type { NativeStorage } from '#native'

/** What {@link NodeStorage.copyTo} copied: what the target did not have. */
export interface CopyReport {
  /** Nodes. */
  nodes: number
  /** Bytes of them. */
  bytes: number
}

/** How {@link NodeStorage.collectGarbage} decides. */
export interface CollectGarbageOptions extends AbortOptions {
  /** Root hashes of trees that are live without being published. */
  roots?: readonly string[] | undefined
  /**
   * Nodes written less than this many milliseconds ago are kept, with all that they reach, so that whoever wrote them can
   * publish them yet; an hour by default. Memory and RocksDB keep no times: there only what is written during the
   * collection is kept.
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

/** Keeps the nodes of trees, and the roots that are published under a name. */
export abstract class NodeStorage implements Disposable {
  /** @internal */
  readonly native: NativeStorage
  /** @internal */
  readonly lifetime = new Lifetime('storage')

  /** @internal */
  protected constructor(native: NativeStorage) {
    this.native = native
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return this.lifetime.open
  }

  /**
   * The root hash published under a name; `undefined` when there is none.
   *
   * @param name - The name.
   * @param options - How to give up.
   */
  async root(name: string, options: AbortOptions = {}): Promise<string | undefined> {
    checkName('name', name)
    checkOptions(options, ['signal'])
    return (await change(this.lifetime, options.signal, () => this.native.root(name))) ?? undefined
  }

  /**
   * Copies to another storage what it lacks of the tree with this root hash. It stops at every node that the target has,
   * so copying a changed tree costs about what was changed, and a copy that failed midway goes on where it was. Every
   * node is verified.
   *
   * The root is not published: `(await ProllyTree.at(target, rootHash)).publish(name)` does that.
   *
   * @param target - Where to.
   * @param rootHash - The root hash of the tree.
   * @param options - How to give up.
   */
  async copyTo(target: NodeStorage, rootHash: string, options: AbortOptions = {}): Promise<CopyReport> {
    if (!(target instanceof NodeStorage)) throw invalid('target', 'a storage', target)
    checkName('rootHash', rootHash)
    checkOptions(options, ['signal'])
    return change(this.lifetime, options.signal, () =>
      change(target.lifetime, undefined, () => this.native.copyTo(target.native, rootHash)),
    )
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

  /** Lets go of the storage, and closes the trees in it. Closing it again does nothing. */
  close(): void {
    if (this.lifetime.close()) this.native.close()
  }

  /** As {@link NodeStorage.close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
