import { changeTelling, checkListener, type Told } from '../native/told.js'
import {
  checkFlag,
  checkName,
  checkOneOf,
  checkOptionalName,
  checkOptions,
  invalid,
} from '../options/check.js'
import type { ProgressOptions } from '../options/progress.js'
import { checkAborted, checkSignal } from '../options/signal.js'
import { type Author, checkAuthor } from './commit.js'
import type { ConflictResolver, RowResolver } from './merge-conflict.js'
import { MergeSession } from './merge-session.js'
import { StoreHistory } from './store-history.js'
import type { NativeMerge, NativeMergeOptions, NativePickOptions } from '#native'

/**
 * What settles every conflict: the destination's side stays (`ignoreAll`, `takeDestination`), or the source's side is
 * taken (`takeSource`). The destination is the current branch.
 */
export type MergeStrategy = 'ignoreAll' | 'takeSource' | 'takeDestination'

/**
 * How to merge.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export interface MergeOptions<K, V> extends ProgressOptions {
  /** What settles every conflict. */
  readonly strategy?: MergeStrategy
  /** Settles conflicts one by one. Not together with a strategy. */
  readonly resolve?: ConflictResolver<K, V>
  /**
   * Settles conflicts about rows of tables. Not together with a strategy. `suspend` leaves them to be settled in SQL, where their values are
   * at hand.
   */
  readonly resolveRow?: RowResolver
  /** The message of the merge commit; Git's usual one when left out. */
  readonly message?: string
  /** Make a commit also when the branch could just be moved. */
  readonly noFastForward?: boolean
  /** Refuse when the branch cannot just be moved. */
  readonly fastForwardOnly?: boolean
  /**
   * Stage what is merged and leave conflicts to be settled later: `conflicts`, `resolveConflict` and `continueMerge`. Not
   * together with a strategy or a resolver.
   */
  readonly suspend?: boolean
  /** Do all but change anything: conflicts that nothing settles throw as they would. */
  readonly dryRun?: boolean
  /** Who wrote the merge; else who Git names. */
  readonly author?: Author
  /** Who commits it; else the author when one is given, else who Git names. */
  readonly committer?: Author
}

/**
 * How to cherry-pick.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export interface PickOptions<K, V> extends Pick<
  MergeOptions<K, V>,
  | 'strategy'
  | 'resolve'
  | 'resolveRow'
  | 'suspend'
  | 'message'
  | 'dryRun'
  | 'committer'
  | keyof ProgressOptions
> {
  /** Of a merge, the parent that its changes are against, counted from 1. Needed for a merge, refused for another commit. */
  readonly mainline?: number
}

/**
 * How to revert.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export interface RevertOptions<K, V> extends PickOptions<K, V> {
  /** Who wrote the revert; else who Git names. */
  readonly author?: Author
}

/** What a merge did or, when it was only tried, would do. */
export interface MergeResult {
  /**
   * The branch had the source's commits already, was just moved to them, a commit was made, or conflicts are left and what is
   * merged is staged.
   */
  readonly kind: 'up-to-date' | 'fast-forward' | 'merged' | 'suspended'
  /** The commit that the branch is at now; left out when it did not move, or no commit was made. */
  readonly commit?: string
  /** How many conflicts were settled, or are left. */
  readonly conflicts: number
}

/**
 * The names that the options of a merge can have.
 *
 * @internal
 */
export const MERGE_NAMES = [
  'strategy',
  'resolve',
  'resolveRow',
  'suspend',
  'message',
  'noFastForward',
  'fastForwardOnly',
  'dryRun',
  'author',
  'committer',
  'onProgress',
  'signal',
]

type Settling<K, V> = Pick<
  MergeOptions<K, V>,
  'strategy' | 'resolve' | 'resolveRow' | 'suspend' | keyof ProgressOptions
>

/**
 * Merging, key by key.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StoreMerges<K, V> extends StoreHistory<K, V> {
  /**
   * Merges another version into the current branch: keys changed on one side only are taken over, and a key that both
   * sides changed differently is a conflict. Staged changes are refused.
   *
   * @param source - A branch, or any other Git revision.
   * @param options - What settles conflicts, how to commit, who is told how many keys are merged, and how to give up.
   * @throws `MergeConflictError` when there are conflicts, and neither a strategy nor a resolver.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory({ branch: 'main' })
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * store.insert('count', '1')
   * await store.commit('Begin', { author })
   * await store.checkout('HEAD', { create: 'feature' })
   * store.insert('count', '5')
   * await store.commit('Add four', { author })
   * await store.checkout('main')
   * store.insert('count', '3')
   * await store.commit('Add two', { author })
   * const result = await store.merge('feature', {
   *   author,
   *   resolve: ({ base, destination, source }) => String(Number(destination) + Number(source) - Number(base)),
   * })
   * assert.deepEqual([result.kind, result.conflicts], ['merged', 1])
   * assert.equal(store.get('count'), '7')
   * ```
   */
  async merge(source: string, options: MergeOptions<K, V> = {}): Promise<MergeResult> {
    checkName('source', source)
    const native = checkMergeOptions(options)
    return this.#settle(options, (...listening) => this.native.beginMerge(source, native, ...listening))
  }

  /**
   * Undoes what a commit changed, with a new commit on the current branch: a three-way merge whose base is the commit and
   * whose source is what the commit was made from. A key that was changed again since is a conflict. Staged changes are
   * refused.
   *
   * @param revision - The commit, as any Git revision.
   * @param options - What settles conflicts, how to commit, who is told how many keys are merged, and how to give up.
   * @throws `MergeConflictError` when there are conflicts, and neither a strategy nor a resolver; `NothingToCommitError` when
   * nothing of the commit is left.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * store.insert('price', '10')
   * await store.commit('Begin', { author })
   * store.insert('price', '1000')
   * await store.commit('Raise the price', { author })
   * store.insert('color', 'red')
   * await store.commit('Choose a color', { author })
   * await store.revert('HEAD~1', { author })
   * assert.deepEqual(store.getMany(['price', 'color']), ['10', 'red'])
   * ```
   */
  async revert(revision: string, options: RevertOptions<K, V> = {}): Promise<MergeResult> {
    checkName('revision', revision)
    const native = checkPickOptions(options, ['author'])
    return this.#settle(options, (...listening) => this.native.beginRevert(revision, native, ...listening))
  }

  /**
   * Makes the changes of a commit on the current branch, with a new commit by the same author and with the same message: a
   * three-way merge whose source is the commit and whose base is what it was made from. Staged changes are refused.
   *
   * @param revision - The commit, as any Git revision.
   * @param options - What settles conflicts, how to commit, who is told how many keys are merged, and how to give up.
   * @throws As {@link StoreMerges.revert}.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory({ branch: 'main' })
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * store.insert('a', '1')
   * await store.commit('Begin', { author })
   * await store.checkout('HEAD', { create: 'feature' })
   * store.insert('fix', 'yes')
   * await store.commit('Fix it', { author })
   * await store.checkout('main')
   * await store.cherryPick('feature', { committer: { name: 'Grace', email: 'grace@example.org' } })
   * assert.equal(store.get('fix'), 'yes')
   * ```
   */
  async cherryPick(revision: string, options: PickOptions<K, V> = {}): Promise<MergeResult> {
    checkName('revision', revision)
    const native = checkPickOptions(options, [])
    return this.#settle(options, (...listening) =>
      this.native.beginCherryPick(revision, native, ...listening),
    )
  }

  /** Runs a merge to its end. */
  #settle(options: Settling<K, V>, begin: Told<NativeMerge>): Promise<MergeResult> {
    const { strategy, resolve, resolveRow, suspend, signal } = options
    return changeTelling(this.handle.lifetime, options, async (...listening) => {
      const native = await begin(...listening)
      const session = new MergeSession<K, V>(native, this.handle, signal)
      try {
        checkAborted(signal)
        if (suspend) return (await native.finishOrSuspend()) as MergeResult
        if (strategy === undefined) await session.resolve({ resolve, resolveRow })
        this.handle.lifetime.check()
        return (await session.finish()) as MergeResult
      } finally {
        session.close()
      }
    })
  }
}

/**
 * Checks the options of a merge, for the addon.
 *
 * @internal
 */
export function checkMergeOptions<K, V>(
  options: MergeOptions<K, V>,
  more: readonly string[] = [],
): NativeMergeOptions {
  checkOptions(options, [...more, ...MERGE_NAMES])
  const { noFastForward, fastForwardOnly } = options
  checkFlag('noFastForward', noFastForward)
  checkFlag('fastForwardOnly', fastForwardOnly)
  if (noFastForward && fastForwardOnly) throw invalid('fastForwardOnly', 'left out with noFastForward', true)
  return {
    ...checkSettling(options),
    noFastForward: noFastForward ?? false,
    fastForwardOnly: fastForwardOnly ?? false,
  }
}

const PICK_NAMES = [
  'strategy',
  'resolve',
  'resolveRow',
  'suspend',
  'mainline',
  'message',
  'dryRun',
  'committer',
  'onProgress',
  'signal',
]

function checkPickOptions<K, V>(options: RevertOptions<K, V>, more: readonly string[]): NativePickOptions {
  checkOptions(options, [...PICK_NAMES, ...more])
  const { mainline } = options
  if (mainline !== undefined && !(Number.isInteger(mainline) && mainline > 0))
    throw invalid('mainline', 'the number of a parent, from 1 on', mainline)
  return { ...checkSettling(options), ...(mainline !== undefined && { mainline }) }
}

/** Checks what merges, reverts and cherry-picks have in common, for the addon. */
function checkSettling<K, V>(options: MergeOptions<K, V>) {
  const { strategy, suspend, message, dryRun, onProgress, signal } = options
  if (strategy !== undefined) checkOneOf('strategy', strategy, ['ignoreAll', 'takeSource', 'takeDestination'])
  for (const name of ['resolve', 'resolveRow'] as const) {
    const resolver = options[name]
    if (resolver === undefined) continue
    if (typeof resolver !== 'function') throw invalid(name, 'a function', resolver)
    if (strategy !== undefined) throw invalid(name, 'left out with a strategy', resolver)
    if (suspend) throw invalid('suspend', 'left out with a resolver or a strategy', suspend)
  }
  checkFlag('suspend', suspend)
  if (suspend && strategy !== undefined)
    throw invalid('suspend', 'left out with a resolver or a strategy', suspend)
  checkOptionalName('message', message)
  checkFlag('dryRun', dryRun)
  checkListener('options.onProgress', onProgress)
  checkSignal(signal)
  const author = checkAuthor('author', options.author)
  const committer = checkAuthor('committer', options.committer)
  return {
    dryRun: dryRun ?? false,
    ...(strategy !== undefined && { strategy }),
    ...(message !== undefined && { message }),
    ...(author && { author }),
    ...(committer && { committer }),
  }
}
