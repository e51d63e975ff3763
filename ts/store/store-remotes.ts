import { InvalidArgumentError } from '../errors/invalid-argument-error.js'
import { change } from '../native/call.js'
import { changeTelling } from '../native/told.js'
import { checkFlag, checkName, checkOptionalName, checkOptions } from '../options/check.js'
import type { ProgressOptions } from '../options/progress.js'
import type { AbortOptions } from '../options/signal.js'
import { checkMergeOptions, type MergeOptions, type MergeResult } from './store-merges.js'
import { StorePendingMerges } from './store-pending-merges.js'

/** What to fetch. */
export interface FetchOptions extends ProgressOptions {
  /** The remote's name; `origin` when left out. */
  readonly remote?: string
}

/** What to push. */
export interface PushOptions extends ProgressOptions {
  /** The remote's name or address; `origin` when left out. */
  readonly remote?: string
  /** The branch; the current one when left out. */
  readonly branch?: string
  /** Overwrite what is there. */
  readonly force?: boolean
  /** Send all tags as well. */
  readonly tags?: boolean
  /** Make the branch follow the remote's, as `git push -u` does. */
  readonly setUpstream?: boolean
}

/**
 * What to pull, and how to merge it.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export interface PullOptions<K, V> extends MergeOptions<K, V> {
  /** The remote's name; `origin` when left out. */
  readonly remote?: string
  /** The branch there; that of the current one's name when left out. */
  readonly branch?: string
}

/**
 * Other copies of the store, through the `git` program: whatever address it takes will do.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StoreRemotes<K, V> extends StorePendingMerges<K, V> {
  /**
   * Gives the address of another copy a name.
   *
   * @param name - The name: `origin`.
   * @param url - The address.
   * @param options - How to give up.
   */
  async addRemote(name: string, url: string, options: AbortOptions = {}): Promise<void> {
    checkName('name', name)
    checkName('url', url)
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.addRemote(name, url))
  }

  /**
   * Gets a remote's branches and tags.
   *
   * @param options - Which remote, who is told how far it is, and how to give up. What was fetched by then stays.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * await using store = await VersionedKvStore.init(`${folder}/original`)
   * store.insert('a', '1')
   * await store.commit('One', { author })
   * await using copy = await VersionedKvStore.clone(`${folder}/original`, `${folder}/fetched`)
   * await copy.fetch({
   *   signal: AbortSignal.timeout(60_000),
   *   onProgress: ({ done, total }) => assert(done <= (total ?? Infinity)),
   * })
   * ```
   */
  async fetch(options: FetchOptions = {}): Promise<void> {
    checkOptions(options, ['remote', 'onProgress', 'signal'])
    const { remote } = options
    checkOptionalName('remote', remote)
    return changeTelling(this.handle.lifetime, options, (...listening) =>
      this.native.fetch(remote, ...listening),
    )
  }

  /**
   * Sends a branch to a remote. What is staged is not sent.
   *
   * @param options - Which remote and branch, whether to overwrite, who is told how far it is, and how to give up. The remote may
   * have taken what was sent by then.
   */
  async push(options: PushOptions = {}): Promise<void> {
    checkOptions(options, ['remote', 'branch', 'force', 'tags', 'setUpstream', 'onProgress', 'signal'])
    const { remote, branch, force = false, tags = false, setUpstream = false } = options
    checkOptionalName('remote', remote)
    checkOptionalName('branch', branch)
    checkFlag('force', force)
    checkFlag('tags', tags)
    checkFlag('setUpstream', setUpstream)
    const how = {
      ...(remote !== undefined && { remote }),
      ...(branch !== undefined && { branch }),
      force,
      tags,
      setUpstream,
    }
    return changeTelling(this.handle.lifetime, options, (...listening) => this.native.push(how, ...listening))
  }

  /**
   * Fetches, and merges the remote's branch into the current one. Staged changes are refused.
   *
   * @param options - Which remote and branch, what settles conflicts, who is told how far it is, and how to give up.
   * @throws `MergeConflictError` as `merge`.
   */
  async pull(options: PullOptions<K, V> = {}): Promise<MergeResult> {
    checkMergeOptions(options, ['remote', 'branch'])
    const { remote = 'origin', branch = this.currentBranch, ...merge } = options
    checkName('remote', remote)
    if (branch === undefined) {
      throw new InvalidArgumentError('HEAD is on no branch: name the branch to pull', {
        details: { argument: 'branch' },
      })
    }
    checkName('branch', branch)
    const { signal, onProgress } = merge
    await this.fetch({ remote, ...(signal && { signal }), onProgress })
    return this.merge(`refs/remotes/${remote}/${branch}`, merge as MergeOptions<K, V>)
  }
}
