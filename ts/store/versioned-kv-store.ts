import { resolve } from 'node:path'
import type { Decoded, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { type AnyEncodings, MapHandle, transcodersOf } from '../map/map-handle.js'
import { addon } from '../native/addon.js'
import { change, foreign, now } from '../native/call.js'
import { Lifetime } from '../native/lifetime.js'
import { changeTelling } from '../native/told.js'
import { checkName, checkOptions, invalid } from '../options/check.js'
import type { ProgressOptions } from '../options/progress.js'
import { type AbortOptions, checkAborted } from '../options/signal.js'
import type { TreeConfig } from '../tree/tree-config.js'
import { type CommitOptions, checkCommitOptions } from './commit-options.js'
import { KvTransaction } from './kv-transaction.js'
import {
  checkCloneOptions,
  checkInitOptions,
  checkOpenOptions,
  checkStorageKind,
  type CloneOptions,
  type InitOptions,
  type OpenOptions,
  type StorageKind,
} from './open-options.js'
import { StoreNamespaces } from './store-namespaces.js'
import { WorktreeManager } from './worktree-manager.js'
import type { NativeSql, NativeStore } from '#native'

/** What a store is opened with, and so are others of its worktrees. */
type Settings = AnyEncodings & Pick<OpenOptions, 'durability'>

/** What a migration did. */
export interface Migration {
  /** Where the nodes were. */
  readonly from: StorageKind
  /** Where they are now. */
  readonly to: StorageKind
  /** How many versions have them there. */
  readonly versions: number
}

/** How to run a transaction. */
export interface TransactOptions extends CommitOptions {
  /** The message of the commit. */
  readonly message: string
}

/**
 * A versioned key-value store: sorted keys with values, in a Git repository of its own.
 *
 * Writes are staged, and survive the death of the process; `commit` makes them a Git commit. Point operations are
 * synchronous; whatever may take longer is a promise, and is done off the event loop. Several processes, and several
 * worker threads, may use one store: each opens it.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 *
 * @example
 * ```ts
 * import { VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.init(`${folder}/data`)
 * store.insert('user:1', 'Ada')
 * await store.commit('Add Ada', { author: { name: 'Grace', email: 'grace@example.org' } })
 * for (const [key, value] of store.entries({ prefix: 'user:' })) assert.deepEqual([key, value], ['user:1', 'Ada'])
 * ```
 */
export class VersionedKvStore<K, V> extends StoreNamespaces<K, V> implements AsyncDisposable {
  /** The Git directory of the store: that of its worktree, when it has several. */
  readonly gitDir: string
  /** The worktrees of the store. */
  readonly worktrees: WorktreeManager<K, V>

  /** Where it keeps its nodes. */
  readonly storage: StorageKind | 'memory'
  /** What decides the shape of its tree. */
  readonly config: TreeConfig

  private constructor(native: NativeStore, settings: Settings) {
    super(native, new MapHandle(native.map(), new Lifetime('store'), transcodersOf(settings)))
    this.gitDir = native.gitDir
    this.storage = native.storage as StorageKind | 'memory'
    this.config = native.config
    const { keyEncoding, valueEncoding, durability } = settings
    const same = {
      ...(keyEncoding !== undefined && { keyEncoding }),
      ...(valueEncoding !== undefined && { valueEncoding }),
      ...(durability !== undefined && { durability }),
    }
    const open = (path: string) => VersionedKvStore.open(path, same) as Promise<VersionedKvStore<K, V>>
    this.worktrees = new WorktreeManager(native, this.handle.lifetime, open)
  }

  /**
   * Makes a store in a folder, which is made when it is missing and must hold no repository.
   *
   * @param directory - The folder.
   * @param options - Encodings, the first branch, the shape of the tree, durability, and how to give up.
   */
  static async init<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
    directory: string,
    options: InitOptions<KE, VE> = {},
  ): Promise<VersionedKvStore<Decoded<KE>, Decoded<VE>>> {
    checkName('directory', directory)
    const native = checkInitOptions(options)
    return VersionedKvStore.#make(options, () => addon().NativeStore.init(resolve(directory), native))
  }

  /**
   * Opens a store: its folder, a bare repository, a plain `git clone` of a store, or a worktree of one. Staged changes
   * are there again.
   *
   * @param path - The folder.
   * @param options - Encodings, whether to look upwards, durability, and how to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * const first = await VersionedKvStore.init(`${folder}/again`)
   * first.insert('a', '1')
   * await first.close()
   * await using store = await VersionedKvStore.open(`${folder}/again`)
   * assert.equal(store.get('a'), '1')
   * ```
   */
  static async open<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
    path: string,
    options: OpenOptions<KE, VE> = {},
  ): Promise<VersionedKvStore<Decoded<KE>, Decoded<VE>>> {
    checkName('path', path)
    const native = checkOpenOptions(options)
    const open = options.discover ? 'discover' : 'open'
    return VersionedKvStore.#make(options, () => addon().NativeStore[open](resolve(path), native))
  }

  /**
   * Makes a store that lasts until it is closed: its data is in memory, its commits in a temporary repository that is
   * removed then. For tests and scratch work.
   *
   * @param options - As for `init`, but for the storage.
   */
  static async memory<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
    options: Omit<InitOptions<KE, VE>, 'storage'> = {},
  ): Promise<VersionedKvStore<Decoded<KE>, Decoded<VE>>> {
    const native = checkInitOptions(options)
    if (native.storage !== undefined)
      throw invalid('options.storage', 'left out: the nodes are in memory', native.storage)
    return VersionedKvStore.#make(options, () => addon().NativeStore.memory(native))
  }

  /**
   * Clones a store with the `git` program.
   *
   * @param url - Its address, as Git takes it.
   * @param directory - The new folder.
   * @param options - As for `open`, where the copy keeps its nodes, and who is told how far it is. Given up, nothing is left of
   * it.
   */
  static async clone<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
    url: string,
    directory: string,
    options: CloneOptions<KE, VE> = {},
  ): Promise<VersionedKvStore<Decoded<KE>, Decoded<VE>>> {
    checkName('url', url)
    checkName('directory', directory)
    const native = checkCloneOptions(options)
    transcodersOf(options)
    const store = await changeTelling(undefined, options, (...listening) =>
      addon().NativeStore.cloneFrom(url, resolve(directory), native, ...listening),
    )
    return new VersionedKvStore<Decoded<KE>, Decoded<VE>>(store, options)
  }

  /**
   * Moves the nodes of all versions of a store to another storage: those that a branch, a tag or a reflog reaches, and what is
   * staged. Commits keep their ids and root hashes. Git keeps what its commits hold; a storage beside Git goes once all is
   * moved. When it is cut short the store is as it was.
   *
   * No store of this process may be open there. Other processes must open it again: their next commit is refused.
   *
   * @param path - The folder of the store.
   * @param storage - Where its nodes are to be.
   * @param options - Who is told how far it is, and how to give up: the store is as it was then.
   * @returns Where they were, where they are, and how many versions have them there.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * const store = await VersionedKvStore.init(`${folder}/moving`)
   * store.insert('a', '1')
   * await store.commit('Begin', { author: { name: 'Ada', email: 'ada@example.org' } })
   * await store.close()
   * const { from, to, versions } = await VersionedKvStore.migrate(`${folder}/moving`, 'file')
   * assert.deepEqual({ from, to, versions }, { from: 'git', to: 'file', versions: 1 })
   * ```
   */
  static async migrate(
    path: string,
    storage: StorageKind,
    options: ProgressOptions = {},
  ): Promise<Migration> {
    checkName('path', path)
    checkStorageKind(storage)
    checkOptions(options, ['onProgress', 'signal'])
    const done = await changeTelling(undefined, options, (...listening) =>
      addon().NativeStore.migrate(resolve(path), storage, ...listening),
    )
    return done as Migration
  }

  /**
   * The Git directory of the store that a folder is in, looking upwards as Git does. It is not opened.
   *
   * @param folder - Where to begin.
   * @throws `NotFoundError` when the folder is in no store.
   */
  static async locate(folder: string): Promise<string> {
    checkName('folder', folder)
    return change(undefined, undefined, () => addon().NativeStore.locate(resolve(folder)))
  }

  /** @internal A connection to its tables, and its lifetime. */
  connect(): readonly [NativeSql, Lifetime] {
    const { lifetime } = this.handle
    lifetime.check()
    return [now(() => addon().NativeSql.ofStore(this.native)), lifetime]
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return this.handle.lifetime.open
  }

  /**
   * Runs a callback in a transaction on the current branch, and publishes what it wrote as one commit. Made for many
   * writers: nothing is locked meanwhile, and when the branch has moved, the writes are carried over to it unless one
   * of their keys was changed there too.
   *
   * @param work - Writes to the transaction it is given; a promise that it returns is awaited. What it throws drops the writes, and is thrown on.
   * @param options - The message, who is named, and how to give up.
   * @returns The id of the commit, which holds the writes.
   * @throws `ConflictError` when somebody else changed the same keys meanwhile: run it again.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * await store.transact(
   *   async (tx) => {
   *     tx.insert('account:1', '90')
   *     tx.insert('account:2', '10')
   *   },
   *   { message: 'Move 10', author },
   * )
   * assert.equal(store.get('account:2'), '10')
   * ```
   */
  async transact(work: (tx: KvTransaction<K, V>) => unknown, options: TransactOptions): Promise<string> {
    if (typeof work !== 'function') throw invalid('work', 'a function', work)
    const { message, ...rest } = options
    const commit = checkCommitOptions(message, rest)
    return change(this.handle.lifetime, options.signal, async () => {
      const native = await this.native.transaction()
      const lifetime = new Lifetime('transaction', this.handle.lifetime)
      try {
        await foreign(this.handle.lifetime, () => work(new KvTransaction(native, lifetime, this.handle)))
        lifetime.check()
        lifetime.close()
        checkAborted(options.signal)
        return (await native.commit(commit)).id
      } finally {
        lifetime.close()
        native.close()
      }
    })
  }

  /**
   * Makes staged changes durable and lets go of the store, its snapshots and its namespaces. What is under way is
   * finished first. Closing it again does nothing.
   */
  async close(): Promise<void> {
    const { lifetime } = this.handle
    if (!lifetime.close()) return
    await lifetime.idle()
    await change(undefined, undefined, () => this.native.close())
  }

  /** As {@link VersionedKvStore.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  static async #make<KE extends KeyEncoding, VE extends ValueEncoding>(
    options: Settings & AbortOptions,
    make: () => Promise<NativeStore>,
  ): Promise<VersionedKvStore<Decoded<KE>, Decoded<VE>>> {
    transcodersOf(options)
    const native = await change(undefined, options.signal, make)
    return new VersionedKvStore<Decoded<KE>, Decoded<VE>>(native, options)
  }
}
