import { ProllyError } from '../errors/prolly-error.js'
import { foreign, now, change } from '../native/call.js'
import { Lifetime } from '../native/lifetime.js'
import { checkOptions, invalid } from '../options/check.js'
import { type AbortOptions, checkAborted } from '../options/signal.js'
import type { InitOptions, OpenOptions } from '../store/open-options.js'
import { VersionedKvStore } from '../store/versioned-kv-store.js'
import { Connection } from './connection.js'
import { SqlQueries } from './sql-queries.js'
import { SqlSnapshot } from './sql-snapshot.js'
import { SqlTransaction } from './sql-transaction.js'
import { checkValueOptions, type SqlValueOptions } from './values.js'

/** How a store is opened, and how the values of its tables are shown. */
export interface SqlStoreOptions {
  /** How values of rows are shown. */
  readonly values?: SqlValueOptions
}

/** Keys and values of a store that is opened for its tables are text. */
type Plain<O> = Omit<O, 'keyEncoding' | 'valueEncoding'>

const NONE = new Uint8Array(0)

/**
 * The tables of a store. They share its branches, commits, merges and history with its keys: {@link ProllySqlStore.store}.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 *
 * Statements are staged as they end, like keys that are set; `store.commit` makes what is staged a Git commit.
 *
 * @example
 * ```ts
 * import { ProllySqlStore } from 'prollytree'
 *
 * await using db = await ProllySqlStore.init(`${folder}/shop`)
 * db.exec('CREATE TABLE items (id INT PRIMARY KEY, name TEXT, price DECIMAL)')
 * const insert = db.prepare('INSERT INTO items VALUES (?, ?, ?)')
 * db.transaction(() => {
 *   insert.run(1, 'pen', 2)
 *   insert.run(2, 'ink', 5)
 * })()
 * await db.store.commit('Open the shop', { author: { name: 'Ada', email: 'ada@example.org' } })
 * assert.deepEqual(db.query('SELECT name FROM items WHERE price > 3'), [{ name: 'ink' }])
 * ```
 */
export class ProllySqlStore<K = string, V = string> extends SqlQueries implements AsyncDisposable {
  /** The keys of the same store, its branches, commits and merges. */
  readonly store: VersionedKvStore<K, V>
  readonly #owned: boolean
  #depth = 0

  private constructor(store: VersionedKvStore<K, V>, options: SqlStoreOptions, owned: boolean) {
    const { values = {} } = options
    checkValueOptions(values)
    const [native, parent] = store.connect()
    super(new Connection(native, new Lifetime('database', parent), values, () => store.connect()[0]))
    this.store = store
    this.#owned = owned
  }

  /**
   * The tables of a store that is open already. Closing them leaves it open.
   *
   * @param store - The store.
   * @param options - How values are shown.
   */
  static over<K, V>(store: VersionedKvStore<K, V>, options: SqlStoreOptions = {}): ProllySqlStore<K, V> {
    return new ProllySqlStore(store, options, false)
  }

  /**
   * Makes a store in a folder, as {@link VersionedKvStore.init} does.
   *
   * @param directory - The folder.
   * @param options - As there, and how values are shown.
   */
  static async init(
    directory: string,
    options: Plain<InitOptions> & SqlStoreOptions = {},
  ): Promise<ProllySqlStore> {
    const { values, ...rest } = options
    return ProllySqlStore.#of(await VersionedKvStore.init(directory, rest), values)
  }

  /**
   * Opens a store, as {@link VersionedKvStore.open} does.
   *
   * @param path - The folder.
   * @param options - As there, and how values are shown.
   */
  static async open(
    path: string,
    options: Plain<OpenOptions> & SqlStoreOptions = {},
  ): Promise<ProllySqlStore> {
    const { values, ...rest } = options
    return ProllySqlStore.#of(await VersionedKvStore.open(path, rest), values)
  }

  /**
   * Makes a store that lasts until it is closed, as {@link VersionedKvStore.memory} does.
   *
   * @param options - As there, and how values are shown.
   */
  static async memory(
    options: Omit<Plain<InitOptions>, 'storage'> & SqlStoreOptions = {},
  ): Promise<ProllySqlStore> {
    const { values, ...rest } = options
    return ProllySqlStore.#of(await VersionedKvStore.memory(rest), values)
  }

  static #of(store: VersionedKvStore<string, string>, values: SqlValueOptions | undefined): ProllySqlStore {
    return new ProllySqlStore(store, values === undefined ? {} : { values }, true)
  }

  /** Whether a transaction is under way. */
  get inTransaction(): boolean {
    this.connection.lifetime.check()
    return now(() => this.connection.native.inTransaction)
  }

  /**
   * A function that runs another one within a transaction: what that writes is staged when it returns, and dropped when it throws.
   * Within a transaction it is a savepoint.
   *
   * @param work - Runs statements of this store. It may not be asynchronous: others would write into its transaction.
   * @throws `ConflictError` when somebody else changed the same rows meanwhile: run it again.
   */
  transaction<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => R {
    if (typeof work !== 'function') throw invalid('work', 'a function', work)
    return (...args) => {
      const { native, lifetime } = this.connection
      lifetime.check()
      const inner = now(() => native.inTransaction)
      const savepoint = `prolly_${(this.#depth += 1)}`
      const run = (sql: string) => void now(() => native.run(sql, NONE))
      try {
        run(inner ? `SAVEPOINT ${savepoint}` : 'BEGIN')
        let result: R
        try {
          result = work(...args)
          if (result instanceof Promise) {
            throw new ProllyError(
              'PROLLY_UNSUPPORTED',
              'a transaction cannot wait for a promise: use transactionAsync',
            )
          }
        } catch (error) {
          if (lifetime.open && now(() => native.inTransaction))
            run(inner ? `ROLLBACK TO ${savepoint}` : 'ROLLBACK')
          throw error
        }
        run(inner ? `RELEASE ${savepoint}` : 'COMMIT')
        return result
      } finally {
        this.#depth -= 1
      }
    }
  }

  /**
   * Runs a function within a transaction of its own, which may wait for promises. Statements of the transaction it is given belong to
   * it; those of the store do not.
   *
   * @param work - What it throws drops what was written, and is thrown on.
   * @param options - How to give up: what was written is dropped, unless it is being committed already.
   * @throws `ConflictError` when somebody else changed the same rows meanwhile: run it again.
   * @example
   * ```ts
   * import { ProllySqlStore } from 'prollytree'
   *
   * await using db = await ProllySqlStore.memory()
   * db.exec('CREATE TABLE t (id INT PRIMARY KEY)')
   * await db.transactionAsync(async (tx) => {
   *   await tx.promises.exec('INSERT INTO t VALUES (1)')
   *   assert.deepEqual(db.query('SELECT COUNT(*) AS n FROM t'), [{ n: 0 }])
   * })
   * assert.deepEqual(db.query('SELECT COUNT(*) AS n FROM t'), [{ n: 1 }])
   * ```
   */
  async transactionAsync<R>(
    work: (tx: SqlTransaction) => R | Promise<R>,
    options: AbortOptions = {},
  ): Promise<R> {
    if (typeof work !== 'function') throw invalid('work', 'a function', work)
    checkOptions(options, ['signal'])
    const { signal } = options
    const { lifetime: parent } = this.connection
    return change(parent, signal, async () => {
      const native = this.connection.another()
      const lifetime = new Lifetime('transaction', parent)
      try {
        await native.runAsync('BEGIN', NONE)
        const tx = new SqlTransaction(new Connection(native, lifetime, this.connection.options))
        const result = await foreign(parent, () => work(tx))
        lifetime.check()
        checkAborted(signal)
        await native.runAsync('COMMIT', NONE)
        return result
      } finally {
        lifetime.close()
        native.close()
      }
    })
  }

  /**
   * The tables of a version, to be read.
   *
   * @param revision - Any Git revision: a branch, a tag, `main~3`, an id.
   * @param options - How to give up.
   */
  async at(revision: string, options: AbortOptions = {}): Promise<SqlSnapshot<K, V>> {
    return new SqlSnapshot(await this.store.at(revision, options), this.connection.options)
  }

  /** Drops a transaction under way and lets go of the tables; and of the store, unless it was open before. */
  async close(): Promise<void> {
    const { lifetime } = this.connection
    if (!lifetime.close()) return
    await lifetime.idle()
    this.connection.close()
    if (this.#owned) await this.store.close()
  }

  /** As {@link ProllySqlStore.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
