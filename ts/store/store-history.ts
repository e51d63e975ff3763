import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { callSite } from '../errors/stack.js'
import { asyncPages } from '../native/async-pages.js'
import { AsyncSequence } from '../native/async-sequence.js'
import { read } from '../native/call.js'
import { Lifetime } from '../native/lifetime.js'
import { checkFlag, checkLimit, checkName, checkOptionalName, checkOptions } from '../options/check.js'
import { checkRange, type RangeOptions } from '../options/range.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { Change } from './change.js'
import { type Commit, commitOf } from './commit.js'
import { decodeChange } from './decode.js'
import { KvSnapshot } from './kv-snapshot.js'
import { logSteps } from './log-steps.js'
import { StoreBranches } from './store-branches.js'
import { checkVersion, STAGED, type Version } from './versions.js'

/** Which commits a log has. */
export interface LogOptions extends AbortOptions {
  /** Where it begins, as any Git revision; HEAD when left out. */
  readonly ref?: string
  /** Leave out the commits that this revision has too. */
  readonly exclude?: string
  /** Follow only the first parent of each merge. */
  readonly firstParent?: boolean
  /** At most so many. */
  readonly limit?: number
}

/**
 * What a diff is limited to.
 *
 * @typeParam K - The type of the keys.
 */
export interface DiffOptions<K> extends Omit<RangeOptions<K>, 'reverse'>, AbortOptions {
  /**
   * A named namespace; `null` for the default one. When it is left out, a diff with bounds is of the default one, and
   * one without bounds of all.
   */
  readonly namespace?: string | null
}

const BOUNDS = ['gt', 'gte', 'lt', 'lte', 'prefix']
const DIFF_NAMES = [...BOUNDS, 'limit', 'namespace', 'signal', 'keyEncoding', 'valueEncoding']

/**
 * The versions of a store, and what differs between them.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class StoreHistory<K, V> extends StoreBranches<K, V> {
  /**
   * The commits that a revision has, newest first and never a parent before its child, read as they are asked for.
   *
   * @param options - Where it begins, which to leave out, how many, and how to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * for (const value of ['1', '2', '3']) {
   *   store.insert('a', value)
   *   await store.commit(`Set a to ${value}`, { author })
   * }
   * const messages = []
   * for await (const commit of store.log({ limit: 2 })) messages.push(commit.message.trim())
   * assert.deepEqual(messages, ['Set a to 3', 'Set a to 2'])
   * ```
   */
  log(options: LogOptions = {}): AsyncSequence<Commit> {
    const site = callSite()
    checkOptions(options, ['ref', 'exclude', 'firstParent', 'limit', 'signal'])
    const { ref, exclude, firstParent = false, limit = Infinity, signal } = options
    checkOptionalName('ref', ref)
    checkOptionalName('exclude', exclude)
    checkFlag('firstParent', firstParent)
    checkLimit('limit', limit)
    checkSignal(signal)
    const { lifetime } = this.handle
    lifetime.check()
    const native = {
      firstParent,
      ...(ref !== undefined && { revision: ref }),
      ...(exclude !== undefined && { exclude }),
    }
    return new AsyncSequence(logSteps(() => this.native.log(native), { lifetime, limit, signal, site }))
  }

  /**
   * What changed from one version to another, namespace by namespace and in key order, found as it is asked for. What
   * both versions share is not read, so the cost is that of the differences.
   *
   * @param older - A Git revision, `STAGED` or `EMPTY`; HEAD when left out.
   * @param newer - The same; `STAGED`, the working state, when left out.
   * @param options - A namespace, a range, a limit, encodings, and how to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insertBatch([['a', '1'], ['b', '2']])
   * await store.commit('Begin', { author: { name: 'Ada', email: 'ada@example.org' } })
   * store.insert('b', '3')
   * store.delete('a')
   * assert.deepEqual(await store.diff().toArray(), [
   *   { type: 'removed', key: 'a', oldValue: '1' },
   *   { type: 'modified', key: 'b', oldValue: '2', newValue: '3' },
   * ])
   * ```
   */
  diff<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    older: Version = 'HEAD',
    newer: Version = STAGED,
    options: DiffOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE> = {},
  ): AsyncSequence<Change<Chosen<KE, K>, Chosen<VE, V>>> {
    const site = callSite()
    const from = checkVersion('older', older)
    const to = checkVersion('newer', newer)
    const transcoders = this.handle.transcoders(options)
    const { bounds, limit } = checkRange(options, transcoders.keys, DIFF_NAMES)
    const { namespace, signal } = options
    if (namespace !== null) checkOptionalName('namespace', namespace)
    checkSignal(signal)
    const { lifetime } = this.handle
    lifetime.check()
    const bounded = BOUNDS.some((name) => name in options)
    const native = {
      defaultNamespace: namespace === null || (namespace === undefined && bounded),
      ...(typeof namespace === 'string' && { namespace }),
      ...(bounded && { range: bounds }),
    }
    const pages = {
      fields: 4,
      limit,
      open: () => this.native.diff(from, to, native),
      decode: decodeChange<Chosen<KE, K>, Chosen<VE, V>>(transcoders),
      check: () => lifetime.check(),
    }
    return new AsyncSequence(asyncPages(pages, site, signal))
  }

  /**
   * The version that a revision names, to be read. It is there at once, however large.
   *
   * @param revision - Any Git revision: a branch, a tag, `main~3`, an id.
   * @param options - How to give up.
   */
  async at(revision: string, options: AbortOptions = {}): Promise<KvSnapshot<K, V>> {
    checkName('revision', revision)
    checkOptions(options, ['signal'])
    const { lifetime } = this.handle
    const native = await read(lifetime, options.signal, () => this.native.at(revision))
    return new KvSnapshot(native, new Lifetime('snapshot', lifetime), this.handle)
  }

  /**
   * The working state of now, to be read whatever is staged or committed later.
   *
   * @param options - How to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * store.insert('a', '1')
   * using before = await store.snapshot()
   * store.insert('a', '2')
   * assert.equal(before.get('a'), '1')
   * ```
   */
  async snapshot(options: AbortOptions = {}): Promise<KvSnapshot<K, V>> {
    checkOptions(options, ['signal'])
    const { lifetime } = this.handle
    const native = await read(lifetime, options.signal, () => this.native.snapshot())
    return new KvSnapshot(native, new Lifetime('snapshot', lifetime), this.handle)
  }

  /**
   * The commit that a revision names.
   *
   * @param revision - Any Git revision; HEAD when left out.
   * @param options - How to give up.
   */
  async commitInfo(revision = 'HEAD', options: AbortOptions = {}): Promise<Commit> {
    checkName('revision', revision)
    checkOptions(options, ['signal'])
    return commitOf(await read(this.handle.lifetime, options.signal, () => this.native.commitInfo(revision)))
  }
}
