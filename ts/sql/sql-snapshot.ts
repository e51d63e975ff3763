import type { KvSnapshot } from '../store/kv-snapshot.js'
import { Connection } from './connection.js'
import { SqlQueries } from './sql-queries.js'
import type { SqlValueOptions } from './values.js'

/**
 * The tables of one version, read-only.
 *
 * @example
 * ```ts
 * import { ProllySqlStore } from 'prollytree'
 *
 * await using db = await ProllySqlStore.memory()
 * db.exec("CREATE TABLE colors (name TEXT PRIMARY KEY); INSERT INTO colors VALUES ('red')")
 * await db.store.commit('Red', { author: { name: 'Ada', email: 'ada@example.org' } })
 * db.exec('DELETE FROM colors')
 * using red = await db.at('HEAD')
 * assert.deepEqual(red.query('SELECT name FROM colors'), [{ name: 'red' }])
 * ```
 */
export class SqlSnapshot<K = string, V = string> extends SqlQueries implements Disposable {
  /** The keys of the same version. */
  readonly keys: KvSnapshot<K, V>

  /** @internal */
  constructor(snapshot: KvSnapshot<K, V>, options: SqlValueOptions) {
    const [native, lifetime] = snapshot.connect()
    super(new Connection(native, lifetime, options, () => snapshot.connect()[0]))
    this.keys = snapshot
  }

  /** The id of the commit it shows. */
  get commit(): string | undefined {
    return this.keys.commit
  }

  /** Lets go of the version. */
  close(): void {
    this.connection.close()
    this.keys.close()
  }

  /** As {@link SqlSnapshot.close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
