import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { type CallSite, callSite } from '../errors/stack.js'
import { asyncPages } from '../native/async-pages.js'
import { AsyncSequence } from '../native/async-sequence.js'
import { read } from '../native/call.js'
import { Lifetime } from '../native/lifetime.js'
import { steps } from '../native/steps.js'
import { checkFlag, checkLimit, checkName, checkOptionalName, checkOptions } from '../options/check.js'
import { type KeyQuery, packQuery } from '../options/key-query.js'
import { checkRange, type RangeOptions } from '../options/range.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { ProveOptions } from '../proof/proof-options.js'
import type { Change } from './change.js'
import { type Commit, commitOf, type Signature, signatureOf } from './commit.js'
import { decodeChange, decodeHistory } from './decode.js'
import { KvSnapshot } from './kv-snapshot.js'
import { StoreBranches } from './store-branches.js'
import type { TreeStatistics } from '../tree/tree-statistics.js'
import { checkVersion, STAGED, type Version } from './versions.js'
import type { NativeHistory, NativeLog } from '#native'

/**
 * Which commits a log has.
 *
 * @typeParam K - The type of the keys.
 */
export interface LogOptions<K = unknown> extends HistoryOptions {
  /** Only commits that changed one of these keys: a key, an array of keys, or a range. */
  readonly touching?: KeyQuery<K>
}

/** Which commits a history looks at. */
export interface HistoryOptions extends AbortOptions {
  /**
   * Where it begins, as any Git revision; HEAD when left out. `'a..b'` leaves out of the commits of `b` what `a` has, and
   * `'a...b'` has those that only one of both has.
   */
  readonly ref?: string
  /** Leave out the commits that this revision has too. */
  readonly exclude?: string
  /** Follow only the first parent of each merge. */
  readonly firstParent?: boolean
  /** No commit before all of its children, also where clocks were wrong; the whole history is walked before the first comes. */
  readonly topological?: boolean
  /** At most so many. */
  readonly limit?: number
  /** The namespace of the keys that are asked about, under its name where the walk begins; the default one when left out. */
  readonly namespace?: string
}

/** One move of HEAD or a branch. */
export interface ReflogEntry {
  /** The commit it was moved to; left out when the branch was deleted. */
  readonly commit?: string
  /** The commit it held before; left out when it was made. */
  readonly previous?: string
  /** Who moved it, and when. */
  readonly committer: Signature
  /** Why: `commit: Count again`, `reset: moving to HEAD~1`. */
  readonly message: string
}

/**
 * What a commit did to a key.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export type HistoryEntry<K, V> = Change<K, V> & {
  /** The commit. */
  readonly commit: Commit
}

/** What a version is made of. */
export interface VersionStatistics extends TreeStatistics {
  /** The commit. */
  readonly commit: Commit
  /** How many entries it has, in all namespaces. Its tree has the names of these besides. */
  readonly entries: number
  /** Nodes that the first parent has not; all when there is no parent. Values outside their leaf do not count. */
  readonly newNodes: number
  /** Bytes of these nodes. */
  readonly newBytes: number
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

const WALK_NAMES = [
  'ref',
  'exclude',
  'firstParent',
  'topological',
  'limit',
  'namespace',
  'signal',
  'keyEncoding',
]
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
   * The commits that a revision has, newest first by the clocks of those who committed, read as they are asked for.
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
  log<KE extends KeyEncoding | undefined = undefined>(
    options: LogOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE> = {},
  ): AsyncSequence<Commit> {
    const site = callSite()
    checkOptions(options, [...WALK_NAMES, 'touching'])
    const { touching } = options
    const { native, walk } = this.#walk(options, site)
    const keys = touching !== undefined && {
      touching: packQuery(touching, this.handle.transcoders(options).keys).native,
    }
    const open = (): Promise<NativeLog> => this.native.log({ ...native, ...keys })
    return new AsyncSequence(steps(open, { ...walk, decode: commitOf }))
  }

  /**
   * Every commit that changed a key, newest first, with what it did to the key. A commit that holds what one of its parents
   * holds is passed over unread, so the cost is a path of nodes for each commit that changed anything.
   *
   * A merge is there only when it gave the key a value that neither side had: what it took over was done by commits before
   * it, which are there too. The namespace is followed under its earlier names.
   *
   * @param query - A key, an array of keys, or a range; `{}` for every key.
   * @param options - Where it begins, how many, encodings, and how to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * for (const color of ['red', 'blue']) {
   *   store.insert('color', color)
   *   await store.commit(`Make it ${color}`, { author })
   * }
   * const [last] = await store.history('color').toArray()
   * assert.deepEqual([last?.commit.message, last?.oldValue, last?.newValue], ['Make it blue', 'red', 'blue'])
   * ```
   */
  history<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    query: KeyQuery<Input<Chosen<KE, K>>>,
    options: HistoryOptions & EncodingOptions<KE, VE> = {},
  ): AsyncSequence<HistoryEntry<Chosen<KE, K>, Chosen<VE, V>>> {
    const site = callSite()
    checkOptions(options, [...WALK_NAMES, 'valueEncoding'])
    const { native, walk } = this.#walk(options, site)
    const transcoders = this.handle.transcoders(options)
    const { native: touching } = packQuery(query, transcoders.keys)
    const open = (): Promise<NativeHistory> => this.native.history({ ...native, touching })
    const decode = decodeHistory<Chosen<KE, K>, Chosen<VE, V>>(transcoders)
    return new AsyncSequence(steps(open, { ...walk, decode }))
  }

  /** Checks the options that walks over commits share. */
  #walk(options: HistoryOptions, site: CallSite) {
    const { ref, exclude, firstParent = false, topological = false, namespace, signal } = options
    const { limit = Infinity } = options
    checkOptionalName('ref', ref)
    checkOptionalName('exclude', exclude)
    checkFlag('firstParent', firstParent)
    checkFlag('topological', topological)
    checkLimit('limit', limit)
    checkOptionalName('namespace', namespace)
    checkSignal(signal)
    const { lifetime } = this.handle
    lifetime.check()
    const native = {
      firstParent,
      topological,
      ...(ref !== undefined && { revision: ref }),
      ...(exclude !== undefined && { exclude }),
      ...(namespace !== undefined && { namespace }),
    }
    return { native, walk: { lifetime, limit, signal, site } }
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
   * The bytes that prove what a version holds, for `verifyStoreProof` to whoever knows its root hash: {@link KvSnapshot.prove} of
   * {@link StoreHistory.at}.
   *
   * @param query - A key, an array of keys, or a range; `{}` for every key. What is missing is proven to be.
   * @param options - The revision, HEAD when left out, the namespace, the encoding of the keys, and how to give up.
   */
  async prove<KE extends KeyEncoding | undefined = undefined>(
    query: KeyQuery<Input<Chosen<KE, K>>>,
    options: ProveOptions<KE> & { readonly ref?: string } = {},
  ): Promise<Buffer> {
    checkOptions(options, ['ref', 'namespace', 'keyEncoding', 'signal'])
    const { ref = 'HEAD', ...rest } = options
    checkName('ref', ref)
    using version = await this.at(ref, rest.signal === undefined ? {} : { signal: rest.signal })
    return await version.prove(query, rest)
  }

  /**
   * What a version is made of, and how much of it is new. Cost: a read of every node, not of values outside their leaf.
   *
   * @param revision - Any Git revision; HEAD when left out.
   * @param options - How to give up.
   */
  async stats(revision = 'HEAD', options: AbortOptions = {}): Promise<VersionStatistics> {
    checkName('revision', revision)
    checkOptions(options, ['signal'])
    const { commit, entries, tree, newNodes, newBytes } = await read(
      this.handle.lifetime,
      options.signal,
      () => this.native.stats(revision),
    )
    return { ...tree, commit: commitOf(commit), entries, newNodes, newBytes }
  }

  /**
   * The commit that two revisions have in common and that no other such commit comes after; `undefined` when their histories are
   * unrelated. Of several, as criss-cross merges leave them, the one that Git names first.
   *
   * @param one - Any Git revision.
   * @param other - The same.
   * @param options - How to give up.
   * @returns The id of the commit.
   */
  async mergeBase(one: string, other: string, options: AbortOptions = {}): Promise<string | undefined> {
    checkName('one', one)
    checkName('other', other)
    checkOptions(options, ['signal'])
    const base = await read(this.handle.lifetime, options.signal, () => this.native.mergeBase(one, other))
    return base ?? undefined
  }

  /**
   * Where HEAD, or a branch, was before: its moves, the newest first. `HEAD@{1}` and `main@{1}` are revisions that name what
   * they held one move ago, so what a `reset` left behind can be gone back to. Git forgets moves after 90 days, and those of
   * commits that no branch reaches after 30.
   *
   * @param branch - A branch; HEAD when left out.
   * @param options - How to give up.
   * @throws `NotFoundError` for a branch that never was.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * await using store = await VersionedKvStore.memory()
   * const author = { name: 'Ada', email: 'ada@example.org' }
   * for (const value of ['1', '2']) {
   *   store.insert('a', value)
   *   await store.commit(`Set ${value}`, { author })
   * }
   * await store.reset('HEAD~1', { mode: 'hard' })
   * const [last, before] = await store.reflog()
   * assert.deepEqual([last?.message, before?.message], ['reset: moving to HEAD~1', 'commit: Set 2'])
   * await store.reset('HEAD@{1}', { mode: 'hard' })
   * assert.equal(store.get('a'), '2')
   * ```
   */
  async reflog(branch?: string, options: AbortOptions = {}): Promise<ReflogEntry[]> {
    checkOptionalName('branch', branch)
    checkOptions(options, ['signal'])
    const entries = await read(this.handle.lifetime, options.signal, () => this.native.reflog(branch))
    return entries.map(({ commit, previous, committer, message }) => ({
      ...(typeof commit === 'string' && { commit }),
      ...(typeof previous === 'string' && { previous }),
      committer: signatureOf(committer),
      message,
    }))
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
