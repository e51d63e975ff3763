import { change, read } from '../native/call.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkFlag, checkName, checkOptionalName, checkOptions, invalid } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import type { Head } from './head.js'
import type { VersionedKvStore } from './versioned-kv-store.js'
import type { NativeStore, NativeWorktree } from '#native'

/** A worktree: a HEAD and staged changes of its own, over the data that all worktrees share. */
export interface Worktree {
  /** How Git calls it, after the folder it was made in; left out for the main one. */
  readonly name?: string
  /** Its folder. */
  readonly path: string
  /** Where its HEAD is; left out when its folder is gone. */
  readonly head?: Head
  /** Why it must not be removed; left out when nobody locked it. */
  readonly locked?: string
  /** Its folder is gone. */
  readonly missing: boolean
  /** It is the one of this store. */
  readonly current: boolean
}

/** How to make a worktree. */
export interface AddWorktreeOptions extends AbortOptions {
  /**
   * What to check out: a branch or, detached, any other revision. When it is left out, a branch named after the folder, made
   * where there is none.
   */
  readonly target?: string
  /** Make this branch at the target first. */
  readonly create?: string
  /** Leave its HEAD at the commit itself, also when the target is a branch. */
  readonly detach?: boolean
}

/** How to remove a worktree. */
export interface RemoveWorktreeOptions extends AbortOptions {
  /** Also when changes are staged in it, or it is locked. */
  readonly force?: boolean
}

/** How to lock a worktree. */
export interface LockWorktreeOptions extends AbortOptions {
  /** Why. */
  readonly reason?: string
}

/**
 * The worktrees of a store: real ones of Git, with a branch and staged changes each, for work side by side. A branch can be
 * checked out in one of them at a time; `merge` joins what was done in another by its branch. `VersionedKvStore.worktrees` has it.
 *
 * A worktree is named by its name or its folder.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 *
 * @example
 * ```ts
 * import { VersionedKvStore } from 'prollytree'
 *
 * const author = { name: 'Ada', email: 'ada@example.org' }
 * await using store = await VersionedKvStore.init(`${folder}/shop`, { branch: 'main' })
 * store.insert('price', '10')
 * await store.commit('Begin', { author })
 *
 * await store.worktrees.add(`${folder}/sale`)
 * const sale = await store.worktrees.open('sale')
 * sale.insert('price', '8')
 * await sale.commit('Cheaper', { author })
 * await sale.close()
 *
 * assert.equal(store.get('price'), '10')
 * await store.merge('sale', { author })
 * assert.equal(store.get('price'), '8')
 * await store.worktrees.remove('sale')
 * ```
 */
export class WorktreeManager<K, V> {
  readonly #native: NativeStore
  readonly #lifetime: Lifetime
  readonly #open: (path: string) => Promise<VersionedKvStore<K, V>>

  /** @internal */
  constructor(
    native: NativeStore,
    lifetime: Lifetime,
    open: (path: string) => Promise<VersionedKvStore<K, V>>,
  ) {
    this.#native = native
    this.#lifetime = lifetime
    this.#open = open
  }

  /**
   * All worktrees, the main one first, then by name.
   *
   * @param options - How to give up.
   */
  async list(options: AbortOptions = {}): Promise<Worktree[]> {
    checkOptions(options, ['signal'])
    return (await read(this.#lifetime, options.signal, () => this.#native.worktrees())).map(worktreeOf)
  }

  /**
   * One worktree; `undefined` when there is none of this name or folder.
   *
   * @param worktree - Its name, or its folder.
   * @param options - How to give up.
   */
  async get(worktree: string, options: AbortOptions = {}): Promise<Worktree | undefined> {
    checkName('worktree', worktree)
    const found = await this.list(options)
    return found.find(({ name, path }) => name === worktree || path === worktree)
  }

  /**
   * Makes a worktree. It is there at once: nothing is checked out but its HEAD.
   *
   * @param path - Its folder, which must be missing or empty.
   * @param options - What to check out, and how to give up.
   * @throws `ConflictError` for a branch that is checked out elsewhere; `AlreadyExistsError` for a folder that is not empty.
   */
  async add(path: string, options: AddWorktreeOptions = {}): Promise<Worktree> {
    checkName('path', path)
    checkOptions(options, ['target', 'create', 'detach', 'signal'])
    const { target, create, detach = false, signal } = options
    checkOptionalName('target', target)
    checkOptionalName('create', create)
    checkFlag('detach', detach)
    if (detach && create !== undefined) throw invalid('detach', 'left out with create', detach)
    const made = await change(this.#lifetime, signal, () =>
      this.#native.addWorktree(path, target, create, detach),
    )
    return worktreeOf(made)
  }

  /**
   * Opens the store in a worktree, with the encodings and the durability of this one.
   *
   * @param worktree - Its name, or its folder.
   * @throws `NotFoundError` when there is none.
   */
  async open(worktree: string): Promise<VersionedKvStore<K, V>> {
    const found = await this.get(worktree)
    return this.#open(found?.path ?? worktree)
  }

  /**
   * Removes a worktree with its folder. Its branch stays.
   *
   * @param worktree - Its name, or its folder.
   * @param options - Whether to drop what is staged in it, and how to give up.
   * @throws `StagedChangesError`; `ConflictError` when it is locked, or open in this process.
   */
  async remove(worktree: string, options: RemoveWorktreeOptions = {}): Promise<void> {
    checkName('worktree', worktree)
    checkOptions(options, ['force', 'signal'])
    const { force = false, signal } = options
    checkFlag('force', force)
    return change(this.#lifetime, signal, () => this.#native.removeWorktree(worktree, force))
  }

  /**
   * Keeps a worktree from being removed, as one on a disk that is not always there.
   *
   * @param worktree - Its name, or its folder.
   * @param options - Why, and how to give up.
   */
  async lock(worktree: string, options: LockWorktreeOptions = {}): Promise<void> {
    checkName('worktree', worktree)
    checkOptions(options, ['reason', 'signal'])
    const { reason = '', signal } = options
    if (typeof reason !== 'string') throw invalid('reason', 'a string', reason)
    return change(this.#lifetime, signal, () => this.#native.lockWorktree(worktree, reason))
  }

  /**
   * Lets a worktree be removed again.
   *
   * @param worktree - Its name, or its folder.
   * @param options - How to give up.
   */
  async unlock(worktree: string, options: AbortOptions = {}): Promise<void> {
    checkName('worktree', worktree)
    checkOptions(options, ['signal'])
    return change(this.#lifetime, options.signal, () => this.#native.unlockWorktree(worktree))
  }
}

function worktreeOf({ name, path, head, locked, missing, current }: NativeWorktree): Worktree {
  return {
    ...(typeof name === 'string' && { name }),
    path,
    ...(head && { head: head as Head }),
    ...(typeof locked === 'string' && { locked }),
    missing,
    current,
  }
}
