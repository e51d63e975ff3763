import Database from 'better-sqlite3'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { versionOf } from '../../packages.mjs'
import { CACHE_BYTES } from './memory.mjs'

class SqliteStore {
  #database
  #encode
  #decode
  #get
  #all
  #put
  #update
  #delete

  constructor(folder, isJson) {
    mkdirSync(folder, { recursive: true })
    const database = new Database(join(folder, 'data.sqlite'))
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = -${CACHE_BYTES / 1024}`)
    // A table in key order suits short rows, as SQLite's documentation says; long ones want an index beside them.
    const order = isJson ? '' : 'WITHOUT ROWID'
    database.exec(
      `CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY NOT NULL, value NOT NULL) ${order}`,
    )
    this.#database = database
    this.#encode = isJson ? JSON.stringify : (value) => value
    this.#decode = isJson ? JSON.parse : (value) => value
    this.#get = database.prepare('SELECT value FROM entries WHERE key = ?').pluck()
    this.#all = database.prepare('SELECT key, value FROM entries ORDER BY key').raw()
    this.#put = database.prepare(
      'INSERT INTO entries VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    )
    this.#update = database.prepare('UPDATE entries SET value = ? WHERE key = ?')
    this.#delete = database.prepare('DELETE FROM entries WHERE key = ?')
  }

  load(entries) {
    this.commit(entries)
  }

  get(keys, look) {
    for (const key of keys) look(this.#decode(this.#get.get(key)))
  }

  getMany(keys, look) {
    this.#transaction(() => this.get(keys, look))
  }

  scan(look) {
    for (const [, value] of this.#all.iterate()) look(this.#decode(value))
  }

  insert(entries) {
    this.#withoutSync(() => this.#putAll(entries))
  }

  update(entries) {
    this.#withoutSync(() => this.#updateAll(entries))
  }

  delete(keys) {
    this.#withoutSync(() => this.#deleteAll(keys))
  }

  insertBatch(entries) {
    this.#withoutSync(() => this.#transaction(() => this.#putAll(entries)))
  }

  updateBatch(entries) {
    this.#withoutSync(() => this.#transaction(() => this.#updateAll(entries)))
  }

  deleteBatch(keys) {
    this.#withoutSync(() => this.#transaction(() => this.#deleteAll(keys)))
  }

  commit(entries) {
    this.#transaction(() => this.#putAll(entries))
  }

  close() {
    this.#database.close()
  }

  #putAll(entries) {
    for (const [key, value] of entries) this.#put.run(key, this.#encode(value))
  }

  #updateAll(entries) {
    for (const [key, value] of entries) this.#update.run(this.#encode(value), key)
  }

  #deleteAll(keys) {
    for (const key of keys) this.#delete.run(key)
  }

  #transaction(work) {
    this.#database.transaction(work)()
  }

  /** With a write-ahead log, NORMAL is what commits without waiting for the disk. */
  #withoutSync(work) {
    this.#database.pragma('synchronous = NORMAL')
    work()
    this.#database.pragma('synchronous = FULL')
  }
}

export default {
  name: 'better-sqlite3',
  about: `${versionOf('better-sqlite3')}; keys are TEXT; WAL, a cache of 320 MiB; a batch is a transaction; durable: synchronous FULL`,
  open: (folder, isJson) => new SqliteStore(folder, isJson),
}
