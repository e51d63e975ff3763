import Database from 'better-sqlite3'
import { join } from 'node:path'
import { CACHE_BYTES } from '../../node/contenders/memory.mjs'
import { PreparedDatabase } from './prepared.mjs'

class Sqlite extends PreparedDatabase {
  constructor(folder) {
    const database = new Database(join(folder, 'data.sqlite'))
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.pragma(`cache_size = -${CACHE_BYTES / 1024}`)
    super(database)
  }

  ready() {
    this.inner.pragma('wal_checkpoint(TRUNCATE)')
    this.inner.exec('ANALYZE')
  }
}

export function open(folder) {
  return new Sqlite(folder)
}
