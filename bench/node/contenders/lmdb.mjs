import { open } from 'lmdb'
import { versionOf } from '../../packages.mjs'

/** Puts that are awaited together in a load: all that wait are in memory. */
const LOAD = 10_000

/**
 * Puts are collected and committed by a thread of the library: so its documentation wants it. A promise of one is
 * settled when it is committed; `flushed` when it is on the disk.
 */
class LmdbStore {
  #database

  constructor(folder, isJson) {
    this.#database = open({ path: folder, encoding: isJson ? 'json' : 'binary' })
    if (isJson) {
      // Of records no copy of the bytes is asked for, but the record.
      this.get = this.#getDecoded
      this.getBorrowed = undefined
    }
  }

  async load(entries) {
    for (let start = 0; start < entries.length; start += LOAD) {
      await this.insert(entries.slice(start, start + LOAD))
    }
    await this.#database.flushed
  }

  get(keys, look) {
    for (const key of keys) look(this.#database.getBinary(key))
  }

  getBorrowed(keys, look) {
    for (const key of keys) look(this.#database.getBinaryFast(key))
  }

  async getMany(keys, look) {
    const values = await this.#database.getMany(keys)
    values.forEach(look)
  }

  scan(look) {
    for (const { value } of this.#database.getRange()) look(value)
  }

  async insert(entries) {
    let last
    for (const [key, value] of entries) last = this.#database.put(key, value)
    await last
  }

  update(entries) {
    return this.insert(entries)
  }

  async delete(keys) {
    let last
    for (const key of keys) last = this.#database.remove(key)
    await last
  }

  async insertBatch(entries) {
    await this.#database.batch(() => {
      for (const [key, value] of entries) this.#database.put(key, value)
    })
  }

  updateBatch(entries) {
    return this.insertBatch(entries)
  }

  async deleteBatch(keys) {
    await this.#database.batch(() => {
      for (const key of keys) this.#database.remove(key)
    })
  }

  async commit(entries) {
    await this.insert(entries)
    await this.#database.flushed
  }

  async close() {
    await this.#database.close()
  }

  #getDecoded(keys, look) {
    for (const key of keys) look(this.#database.get(key))
  }
}

export default {
  name: 'lmdb',
  about: `${versionOf('lmdb')}; keys are strings; get is getBinary, the other one getBinaryFast; durable: flushed`,
  open: (folder, isJson) => new LmdbStore(folder, isJson),
}
