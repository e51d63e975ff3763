import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { callSite } from '../errors/stack.js'
import { asyncPages } from '../native/async-pages.js'
import { AsyncSequence } from '../native/async-sequence.js'
import { change, read } from '../native/call.js'
import { checkOneOf, checkOptionalName, checkOptions } from '../options/check.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { PageReader } from '../packed/page-reader.js'
import { PageWriter } from '../packed/page-writer.js'
import { type Author, checkAuthor } from './commit.js'
import { decisionOf } from './decision.js'
import { decodeConflict, decodeRowConflict } from './decode.js'
import type { ConflictResolution, MergeConflict, RowConflict } from './merge-conflict.js'
import { type PendingMerge, pendingMergeOf } from './pending-merge.js'
import { refuseUnsettled } from './refuse-conflicts.js'
import { StoreMerges } from './store-merges.js'

/** How to commit a merge under way; what is left out is as it was told when the merge began. */
export interface ContinueOptions extends AbortOptions {
  /** The message. */
  readonly message?: string
  /** Who wrote the merge. */
  readonly author?: Author
  /** Who commits it. */
  readonly committer?: Author
}

/**
 * How to settle a conflict.
 *
 * @typeParam KE - The encoding of the key.
 * @typeParam VE - The encoding of the value.
 */
export interface ResolveOptions<
  KE extends KeyEncoding | undefined = undefined,
  VE extends ValueEncoding | undefined = undefined,
>
  extends EncodingOptions<KE, VE>, AbortOptions {
  /** The named namespace of the key; the default one when it is left out. */
  readonly namespace?: string
}

const RESOLVE_NAMES = ['namespace', 'keyEncoding', 'valueEncoding', 'signal']

/**
 * Merges whose conflicts are settled one by one, by several calls or processes: `merge`, `revert` and `cherryPick` with
 * `suspend` begin them. What such a merge makes is staged, and a key in conflict keeps the value of the current branch until it
 * is settled here or written to.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StorePendingMerges<K, V> extends StoreMerges<K, V> {
  /**
   * The merge, revert or cherry-pick under way, if there is one. Brings the store up to date first.
   *
   * @param options - How to give up.
   */
  async pendingMerge(options: AbortOptions = {}): Promise<PendingMerge | undefined> {
    checkOptions(options, ['signal'])
    const pending = await read(this.handle.lifetime, options.signal, () => this.native.pendingMerge())
    return pending ? pendingMergeOf(pending) : undefined
  }

  /**
   * The conflicts of the merge under way that are not settled, namespace by namespace and in key order; none when there is no
   * merge under way. Conflicts that are settled while this is read may still come.
   *
   * @param options - Encodings, and how to give up.
   * @example
   * ```ts
   * import { TAKE_SOURCE, VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory({ branch: 'main' })
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * store.insertBatch([['a', '1'], ['b', '1']])
   * await store.commit('Begin', { author })
   * await store.checkout('HEAD', { create: 'feature' })
   * store.insertBatch([['a', '2'], ['b', '2']])
   * await store.commit('Two', { author })
   * await store.checkout('main')
   * store.insertBatch([['a', '3'], ['b', '3']])
   * await store.commit('Three', { author })
   *
   * await store.merge('feature', { author, suspend: true })
   * for await (const { key, base, destination, source } of store.conflicts())
   *   assert.deepEqual([base, destination, source], ['1', '3', '2'], key)
   * await store.resolveConflict('a', TAKE_SOURCE)
   * store.insert('b', '2 and 3')
   * await store.continueMerge()
   * assert.deepEqual(store.getMany(['a', 'b']), ['2', '2 and 3'])
   * ```
   */
  conflicts<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    options: EncodingOptions<KE, VE> & AbortOptions = {},
  ): AsyncSequence<MergeConflict<Chosen<KE, K>, Chosen<VE, V>>> {
    const site = callSite()
    checkOptions(options, ['keyEncoding', 'valueEncoding', 'signal'])
    checkSignal(options.signal)
    const transcoders = this.handle.transcoders(options)
    const { lifetime } = this.handle
    lifetime.check()
    const pages = {
      fields: 6,
      limit: Infinity,
      open: () => this.native.conflicts(false),
      decode: (reader: PageReader) => decodeConflict<Chosen<KE, K>, Chosen<VE, V>>(reader, transcoders),
      check: () => lifetime.check(),
    }
    return new AsyncSequence(asyncPages(pages, site, options.signal))
  }

  /**
   * The rows of tables that are in conflict still, table by table. Their values are in `prolly_conflicts_<table>`, and a statement that
   * writes to a row settles it. Else as {@link StorePendingMerges.conflicts}.
   *
   * @param options - How to give up.
   */
  rowConflicts(options: AbortOptions = {}): AsyncSequence<RowConflict> {
    const site = callSite()
    checkOptions(options, ['signal'])
    checkSignal(options.signal)
    const { lifetime } = this.handle
    lifetime.check()
    const pages = {
      fields: 6,
      limit: Infinity,
      open: () => this.native.conflicts(true),
      decode: decodeRowConflict,
      check: () => lifetime.check(),
    }
    return new AsyncSequence(asyncPages(pages, site, options.signal))
  }

  /**
   * Settles one conflict of the merge under way. To insert, update or delete the key settles it as well.
   *
   * @param key - The key.
   * @param resolution - A value, `DELETE`, `TAKE_SOURCE` or `TAKE_DESTINATION`.
   * @param options - The namespace, encodings, and how to give up.
   * @throws `NotFoundError` when the key is not in conflict.
   */
  async resolveConflict<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    key: Input<Chosen<KE, K>>,
    resolution: ConflictResolution<Input<Chosen<VE, V>>>,
    options: ResolveOptions<KE, VE> = {},
  ): Promise<void> {
    checkOptions(options, RESOLVE_NAMES)
    const { namespace, signal } = options
    checkOptionalName('namespace', namespace)
    const { keys, values } = this.handle.transcoders(options)
    const plain = keys.plain(key, 'key')
    const decision = decisionOf(resolution, values, 'resolution')
    const page = new PageWriter(4)
    page.begin()
    if (namespace === undefined) page.absent()
    else page.field(namespace, 'namespace')
    page.field(plain, 'key')
    decision.write(page)
    const decisions = page.finish()
    return change(this.handle.lifetime, signal, () => this.native.resolveConflicts(decisions))
  }

  /**
   * Settles all conflicts of the merge under way by taking one side.
   *
   * @param strategy - The side of the source, or that of the destination, the current branch.
   * @param options - How to give up.
   * @returns How many there were.
   * @throws `NotFoundError` when no merge is under way.
   */
  async resolveConflicts(
    strategy: 'takeSource' | 'takeDestination',
    options: AbortOptions = {},
  ): Promise<number> {
    checkOneOf('strategy', strategy, ['takeSource', 'takeDestination'])
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.resolveAllConflicts(strategy))
  }

  /**
   * Commits the merge under way with all that is staged, once no key is in conflict.
   *
   * @param options - What the commit says, and how to give up.
   * @returns The id of the commit.
   * @throws `MergeConflictError` lists the keys in conflict; `NotFoundError` when no merge is under way; `NothingToCommitError`
   * when nothing of a revert or cherry-pick is left.
   */
  async continueMerge(options: ContinueOptions = {}): Promise<string> {
    checkOptions(options, ['message', 'author', 'committer', 'signal'])
    const { message, signal } = options
    checkOptionalName('message', message)
    const author = checkAuthor('author', options.author)
    const committer = checkAuthor('committer', options.committer)
    const reading = signal === undefined ? {} : { signal }
    await refuseUnsettled(this.conflicts(reading), this.rowConflicts(reading))
    const native = {
      ...(message !== undefined && { message }),
      ...(author && { author }),
      ...(committer && { committer }),
    }
    return (await change(this.handle.lifetime, signal, () => this.native.continueMerge(native))).id
  }

  /**
   * Drops the merge under way, and with it all that is staged.
   *
   * @param options - How to give up.
   * @throws `NotFoundError` when no merge is under way.
   */
  async abortMerge(options: AbortOptions = {}): Promise<void> {
    checkOptions(options, ['signal'])
    return change(this.handle.lifetime, options.signal, () => this.native.abortMerge())
  }
}
