import { KeyValueStore } from '../map/key-value-store.js'
import type { MapHandle } from '../map/map-handle.js'
import { change, read } from '../native/call.js'
import { checkName, checkOneOf, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { type CommitOptions, checkCommitOptions } from './commit-options.js'
import type { Head } from './head.js'
import type { NamespaceChange, TableChange } from './namespace-info.js'
import { type PendingMerge, pendingMergeOf } from './pending-merge.js'
import type { NativeStore } from '#native'

/** What is staged. */
export interface Status {
  /** Where HEAD is. */
  readonly head: Head
  /** Keys that are staged and not in the commit, in all namespaces. */
  readonly added: number
  /** Keys whose staged value differs. */
  readonly modified: number
  /** Keys that are in the commit and staged to go. */
  readonly removed: number
  /** Namespaces that came, went or have another name. */
  readonly namespaces: readonly NamespaceChange[]
  /** Tables that came, went, have another name, or are made of something else. Their rows are counted with the keys. */
  readonly tables: readonly TableChange[]
  /** The merge, revert or cherry-pick under way, if there is one. */
  readonly merge?: PendingMerge
  /** Whether nothing is staged, and no merge is under way. */
  readonly clean: boolean
}

/** How to reset. */
export interface ResetOptions extends AbortOptions {
  /**
   * What becomes of the working state: it stays, and what differs from the commit is staged (`soft`, the default), or it
   * becomes the commit's, and what is staged is dropped (`hard`).
   */
  readonly mode?: 'soft' | 'hard'
}

/**
 * What can be done with the working state of a store: the last commit with all that is staged.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StoreState<K, V> extends KeyValueStore<K, V> {
  /** @internal */
  protected readonly native: NativeStore

  /** @internal */
  constructor(native: NativeStore, handle: MapHandle) {
    super(handle)
    this.native = native
  }

  /**
   * The root hash of the working state: 64 hexadecimal digits. Equal entries have equal root hashes, whatever was done
   * to get there.
   *
   * @param options - How to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using one = await VersionedKvStore.memory()
   * await using other = await VersionedKvStore.memory()
   * one.insertBatch([['a', '1'], ['b', '2']])
   * other.insertBatch([['b', '2'], ['a', '0'], ['c', '3']])
   * other.insert('a', '1')
   * other.delete('c')
   * assert.equal(await one.rootHash(), await other.rootHash())
   * ```
   */
  async rootHash(options: AbortOptions = {}): Promise<string> {
    checkOptions(options, ['signal'])
    return read(this.handle.lifetime, options.signal, () => this.native.rootHash())
  }

  /**
   * What is staged, counted. `diff()` lists it. Brings the store up to date first.
   *
   * @param options - How to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['a', '1'], ['b', '2']])
   * const { added, clean } = await store.status()
   * assert.deepEqual({ added, clean }, { added: 2, clean: false })
   * ```
   */
  async status(options: AbortOptions = {}): Promise<Status> {
    checkOptions(options, ['signal'])
    const status = await read(this.handle.lifetime, options.signal, () => this.native.status())
    const { merge, ...counts } = status
    const { added, modified, removed, namespaces, tables } = counts
    const described = namespaces.length + tables.length
    const clean = added + modified + removed + described === 0 && merge === undefined
    return { ...counts, ...(merge && { merge: pendingMergeOf(merge) }), clean }
  }

  /**
   * Commits all that is staged now, as a real Git commit on the current branch. Reads and writes may go on meanwhile;
   * what is staged meanwhile stays staged. Git's hooks are not run, and the commit is not signed.
   *
   * @param message - The message.
   * @param options - Who is named, whether an empty commit may be made, and how to give up.
   * @returns The id of the commit.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('user:1', 'Ada')
   * const id = await store.commit('Add Ada', { author: { name: 'Grace', email: 'grace@example.org' } })
   * assert.equal((await store.commitInfo('HEAD')).id, id)
   * ```
   */
  async commit(message: string, options: CommitOptions = {}): Promise<string> {
    const native = checkCommitOptions(message, options)
    return (await change(this.handle.lifetime, options.signal, () => this.native.commit(native))).id
  }

  /**
   * Drops all that is staged.
   *
   * @param options - How to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('a', '1')
   * await store.discard()
   * assert.equal(store.count(), 0)
   * ```
   */
  async discard(options: AbortOptions = {}): Promise<void> {
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.discard())
  }

  /**
   * Moves the current branch to another commit.
   *
   * @param revision - Any Git revision: a branch, a tag, `HEAD~1`, an id.
   * @param options - What becomes of the working state, and how to give up.
   * @returns Where HEAD is now.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * store.insert('a', '1')
   * await store.commit('One', { author })
   * store.insert('a', '2')
   * await store.commit('Two', { author })
   * await store.reset('HEAD~1', { mode: 'hard' })
   * assert.equal(store.get('a'), '1')
   * ```
   */
  async reset(revision: string, options: ResetOptions = {}): Promise<Head> {
    checkName('revision', revision)
    checkOptions(options, ['mode', 'signal'])
    const { mode = 'soft', signal } = options
    checkOneOf('mode', mode, ['soft', 'hard'])
    return change(this.handle.lifetime, signal, () => this.native.reset(revision, mode === 'hard'))
  }

  /**
   * Brings the store up to date with what other processes committed and staged. `status`, `commit`, `checkout`, `merge`
   * and `transact` do so by themselves.
   *
   * @param options - How to give up.
   */
  async refresh(options: AbortOptions = {}): Promise<void> {
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.refresh())
  }
}
