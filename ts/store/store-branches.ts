import { change, now, read } from '../native/call.js'
import { checkFlag, checkName, checkOptionalName, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import type { Branch, Head, Tag } from './head.js'
import { StoreState } from './store-state.js'

/** Where a branch begins. */
export interface CreateBranchOptions extends AbortOptions {
  /** Any Git revision; HEAD when left out. */
  readonly start?: string
}

/** How to delete a branch. */
export interface DeleteBranchOptions extends AbortOptions {
  /** Delete it also when it has commits that HEAD does not hold. */
  readonly force?: boolean
}

/** Where a tag points. */
export interface CreateTagOptions extends AbortOptions {
  /** Any Git revision; HEAD when left out. */
  readonly target?: string
}

/** How to check out. */
export interface CheckoutOptions extends AbortOptions {
  /** Make this branch at the target first, and check it out. */
  readonly create?: string
  /** Drop staged changes instead of refusing. */
  readonly force?: boolean
  /** Leave HEAD on the commit itself, also when the target is a branch. */
  readonly detach?: boolean
}

/**
 * Branches, tags and HEAD: those of Git, in the store's own repository.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StoreBranches<K, V> extends StoreState<K, V> {
  /** Where HEAD is now: the branch, if it is on one, and the commit, if there is one. */
  head(): Head {
    this.handle.lifetime.check()
    return now(() => this.native.head())
  }

  /** The name of the branch that HEAD is on; `undefined` when it is detached. */
  get currentBranch(): string | undefined {
    return this.head().branch
  }

  /**
   * All branches by name, local ones first.
   *
   * @param options - How to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory({ branch: 'main' })
   * store.insert('a', '1')
   * await store.commit('Begin', { author: { name: 'Ada', email: 'ada@example.org' } })
   * await store.createBranch('feature')
   * assert.deepEqual((await store.branches()).map(({ name }) => name), ['feature', 'main'])
   * ```
   */
  async branches(options: AbortOptions = {}): Promise<Branch[]> {
    checkOptions(options, ['signal'])
    return read(this.handle.lifetime, options.signal, () => this.native.branches())
  }

  /**
   * Makes a branch, and leaves HEAD where it is.
   *
   * @param name - Its name, by Git's rules.
   * @param options - Where it begins, and how to give up.
   * @returns The id of the commit it begins at.
   */
  async createBranch(name: string, options: CreateBranchOptions = {}): Promise<string> {
    checkName('name', name)
    checkOptions(options, ['start', 'signal'])
    const { start, signal } = options
    checkOptionalName('start', start)
    return change(this.handle.lifetime, signal, () => this.native.createBranch(name, start))
  }

  /**
   * Deletes a branch. The current one, and one checked out in another worktree, are refused.
   *
   * @param name - Its name.
   * @param options - Whether commits may be lost, and how to give up.
   * @returns The id of the commit it was at.
   */
  async deleteBranch(name: string, options: DeleteBranchOptions = {}): Promise<string> {
    checkName('name', name)
    checkOptions(options, ['force', 'signal'])
    const { force = false, signal } = options
    checkFlag('force', force)
    return change(this.handle.lifetime, signal, () => this.native.deleteBranch(name, force))
  }

  /**
   * Gives a branch another name. HEAD and what is staged follow.
   *
   * @param from - Its name.
   * @param to - The new name.
   * @param options - How to give up.
   */
  async renameBranch(from: string, to: string, options: AbortOptions = {}): Promise<void> {
    checkName('from', from)
    checkName('to', to)
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.renameBranch(from, to))
  }

  /**
   * Moves HEAD to a branch, or to any other revision and then on no branch. It takes no longer for much data than for
   * little.
   *
   * @param target - A branch, or any other Git revision.
   * @param options - Whether to make a branch, what to do with staged changes, and how to give up.
   * @returns Where HEAD is now.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory({ branch: 'main' })
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * store.insert('color', 'red')
   * await store.commit('Red', { author })
   * await store.checkout('HEAD', { create: 'feature' })
   * store.insert('color', 'blue')
   * await store.commit('Blue', { author })
   * await store.checkout('main')
   * assert.equal(store.get('color'), 'red')
   * ```
   */
  async checkout(target: string, options: CheckoutOptions = {}): Promise<Head> {
    checkName('target', target)
    checkOptions(options, ['create', 'force', 'detach', 'signal'])
    const { create, force = false, detach = false, signal } = options
    checkOptionalName('create', create)
    checkFlag('force', force)
    checkFlag('detach', detach)
    return change(this.handle.lifetime, signal, () => this.native.checkout(target, force, detach, create))
  }

  /**
   * All tags by name.
   *
   * @param options - How to give up.
   */
  async tags(options: AbortOptions = {}): Promise<Tag[]> {
    checkOptions(options, ['signal'])
    return read(this.handle.lifetime, options.signal, () => this.native.tags())
  }

  /**
   * Makes a lightweight tag.
   *
   * @param name - Its name, by Git's rules.
   * @param options - Where it points, and how to give up.
   * @returns The id of the commit it points at.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('a', '1')
   * const id = await store.commit('Begin', { author: { name: 'Ada', email: 'ada@example.org' } })
   * await store.createTag('v1.0')
   * assert.deepEqual(await store.tags(), [{ name: 'v1.0', commit: id }])
   * ```
   */
  async createTag(name: string, options: CreateTagOptions = {}): Promise<string> {
    checkName('name', name)
    checkOptions(options, ['target', 'signal'])
    const { target, signal } = options
    checkOptionalName('target', target)
    return change(this.handle.lifetime, signal, () => this.native.createTag(name, target))
  }

  /**
   * Deletes a tag.
   *
   * @param name - Its name.
   * @param options - How to give up.
   * @returns The id of the commit it pointed at.
   */
  async deleteTag(name: string, options: AbortOptions = {}): Promise<string> {
    checkName('name', name)
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.deleteTag(name))
  }
}
