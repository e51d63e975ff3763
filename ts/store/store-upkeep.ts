import { resolve } from 'node:path'
import { addon } from '../native/addon.js'
import { change } from '../native/call.js'
import { changeTelling, checkListener, told } from '../native/told.js'
import { checkFlag, checkName, checkOptions, invalid } from '../options/check.js'
import type { ProgressOptions } from '../options/progress.js'
import type { AbortOptions } from '../options/signal.js'
import { StoreRemotes } from './store-remotes.js'

/** How {@link StoreUpkeep.collectGarbage} decides. */
export interface StoreGarbageOptions extends ProgressOptions {
  /**
   * What is younger than this many milliseconds stays, as in Git, so that a mistake can still be undone; two weeks by default.
   * RocksDB and memory know no ages: there nodes go when nothing reaches them any more.
   */
  readonly grace?: number | undefined
  /** Only count, and delete nothing. */
  readonly dryRun?: boolean | undefined
}

/** What {@link StoreUpkeep.collectGarbage} found. */
export interface StoreGarbage {
  /** Objects of Git, and nodes of a storage beside it, that stay. */
  readonly live: number
  /** Those that went, or with `dryRun` would go. */
  readonly garbage: number
  /** Bytes of these, as they lie on the disk. */
  readonly garbageBytes: number
  /** Bytes of the disk that objects and nodes took before. */
  readonly bytesBefore: number
  /** And after. */
  readonly bytesAfter: number
}

/** How far a check is. */
export interface CheckProgress {
  /** Versions that were looked at. */
  readonly versions: number
  /** Nodes of these, each once. */
  readonly nodes: number
}

/** What a check found. */
export interface CheckReport extends CheckProgress {
  /** What is wrong, the first thousand; none when all is well. */
  readonly faults: readonly StoreFault[]
}

/** Something in a store that is not as it was written. */
export interface StoreFault {
  /** What it is about: a file, a ref, a commit, a node. */
  readonly subject: string
  /** What is wrong with it. */
  readonly problem: string
  /** What to do. */
  readonly remedy: string
  /** Whether {@link StoreUpkeep.repair} puts it right. */
  readonly repairable: boolean
}

/** How to check a store. Aborting the signal ends the check. */
export interface CheckOptions extends AbortOptions {
  /** Is told how far the check is, now and then. What it throws ends the check, which rejects with that. */
  readonly onProgress?: ((progress: CheckProgress) => void) | undefined
}

const TWO_WEEKS = 14 * 24 * 3_600_000

/**
 * What keeps a store small and sound.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StoreUpkeep<K, V> extends StoreRemotes<K, V> {
  /**
   * Deletes what nothing reaches any more: no branch, tag or reflog, no staged change of any worktree, and nobody who reads from
   * it, in this process or another: snapshots, iterators and transactions stay whole. What is left is packed together.
   * Others may read and write meanwhile.
   *
   * @param options - What is too young to go, whether only to count, who is told how far it is, and how to give up. Given up, it has
   * deleted nothing that must stay, and the next collection goes on.
   * @returns What stays, what went, and the bytes on the disk.
   * @throws `LockedError` when another collection takes longer than a minute, and `CorruptionError` when something that must stay
   * cannot be read: nothing is deleted then.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.init(`${folder}/collected`)
   * store.insert('a', '1')
   * await store.commit('One', { author: { name: 'Ada', email: 'ada@example.org' } })
   * const { garbage } = await store.collectGarbage({ dryRun: true })
   * assert.equal(garbage, 0)
   * ```
   */
  async collectGarbage(options: StoreGarbageOptions = {}): Promise<StoreGarbage> {
    checkOptions(options, ['grace', 'dryRun', 'onProgress', 'signal'])
    const { grace = TWO_WEEKS, dryRun = false } = options
    if (typeof grace !== 'number' || !(grace >= 0)) {
      throw invalid('options.grace', 'a number of milliseconds from 0 on', grace)
    }
    checkFlag('options.dryRun', dryRun)
    return changeTelling(this.handle.lifetime, options, (...listening) =>
      this.native.collectGarbage(grace, dryRun, ...listening),
    )
  }

  /**
   * Looks for faults in a store, which need not be one that can be opened: every ref, commit and node, what is staged, and
   * the objects of Git. Reads all of it from the disk, and changes nothing.
   *
   * @param path - The folder of the store.
   * @param options - Who is told how far it is, and how to give up.
   * @returns What was looked at, and what is wrong.
   * @throws `NotFoundError` when no store is there. A fault of the store is in the report.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * const store = await VersionedKvStore.init(`${folder}/checked`)
   * store.insert('a', '1')
   * await store.close()
   * const { faults } = await VersionedKvStore.check(`${folder}/checked`)
   * assert.deepEqual(faults, [])
   * ```
   */
  static async check(path: string, options: CheckOptions = {}): Promise<CheckReport> {
    checkName('path', path)
    checkOptions(options, ['onProgress', 'signal'])
    const { onProgress, signal } = options
    checkListener('options.onProgress', onProgress)
    return told(signal, onProgress, (cancellation, tell) =>
      change(undefined, undefined, () => addon().NativeStore.check(resolve(path), cancellation, tell)),
    )
  }

  /**
   * Puts right what {@link StoreUpkeep.check} calls repairable: torn and damaged journals, packs without an index, what was left
   * unfinished. A damaged journal is set aside under another name, and the changes before the damage stay staged.
   *
   * @param path - The folder of the store, which no other process should be writing to.
   * @returns What was done, a line each.
   */
  static async repair(path: string): Promise<string[]> {
    checkName('path', path)
    return change(undefined, undefined, () => addon().NativeStore.repair(resolve(path)))
  }
}
