import { ClassicLevel } from 'classic-level'
import { versionOf } from '../../packages.mjs'
import { CACHE_BYTES, WRITE_BUFFER_BYTES } from './memory.mjs'

/** Operations of one batch in a load. */
const LOAD = 1000
/** Entries that are read together in a scan. */
const PAGE = 1000
const PAGE_BYTES = 1024 * 1024

class ClassicLevelStore {
  #database

  constructor(database) {
    this.#database = database
  }

  async load(entries) {
    for (let start = 0; start < entries.length; start += LOAD) {
      const sync = start + LOAD >= entries.length
      await this.#database.batch(puts(entries.slice(start, start + LOAD)), { sync })
    }
  }

  async get(keys, look) {
    for (const key of keys) look(await this.#database.get(key))
  }

  async getMany(keys, look) {
    const values = await this.#database.getMany(keys)
    values.forEach(look)
  }

  async scan(look) {
    const iterator = this.#database.iterator({ highWaterMarkBytes: PAGE_BYTES })
    for (;;) {
      const entries = await iterator.nextv(PAGE)
      if (entries.length === 0) break
      for (const [, value] of entries) look(value)
    }
    await iterator.close()
  }

  async insert(entries) {
    for (const [key, value] of entries) await this.#database.put(key, value)
  }

  update(entries) {
    return this.insert(entries)
  }

  async delete(keys) {
    for (const key of keys) await this.#database.del(key)
  }

  insertBatch(entries) {
    return this.#database.batch(puts(entries))
  }

  updateBatch(entries) {
    return this.insertBatch(entries)
  }

  deleteBatch(keys) {
    return this.#database.batch(keys.map((key) => ({ type: 'del', key })))
  }

  commit(entries) {
    return this.#database.batch(puts(entries), { sync: true })
  }

  close() {
    return this.#database.close()
  }
}

function puts(entries) {
  return entries.map(([key, value]) => ({ type: 'put', key, value }))
}

export default {
  name: 'classic-level',
  about: `${versionOf('classic-level')}; keys are strings; a cache of 320 MiB, a write buffer of 64 MiB; get is awaited; durable: sync`,
  async open(folder, isJson) {
    const database = new ClassicLevel(folder, {
      valueEncoding: isJson ? 'json' : 'buffer',
      cacheSize: CACHE_BYTES,
      writeBufferSize: WRITE_BUFFER_BYTES,
    })
    await database.open()
    return new ClassicLevelStore(database)
  },
}
