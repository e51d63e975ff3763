import { mkdirSync } from 'node:fs'
import { Tree } from '@canvas-js/okra-lmdb'
import { versionOf } from '../../packages.mjs'

/** The largest that its addon takes: it counts in 32 bits. */
const MAP_BYTES = 2 ** 31

/** Every write is a transaction of LMDB, which waits for the disk. */
class OkraStore {
  #tree
  #folder
  #encode
  #decode

  constructor(folder, isJson) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#tree = new Tree(folder, { mapSize: MAP_BYTES })
    this.#encode = isJson ? (value) => Buffer.from(JSON.stringify(value)) : (value) => value
    this.#decode = isJson ? (bytes) => JSON.parse(Buffer.from(bytes).toString()) : (bytes) => bytes
  }

  async load(entries) {
    await this.#tree.close()
    this.#tree = await Tree.fromEntries(this.#folder, { mapSize: MAP_BYTES }, this.#encoded(entries))
  }

  get(keys, look) {
    return this.#tree.read((transaction) => {
      for (const key of keys) look(this.#decode(transaction.get(key)))
    })
  }

  scan(look) {
    return this.#tree.read((transaction) => {
      for (const [, value] of transaction.entries()) look(this.#decode(value))
    })
  }

  insertBatch(entries) {
    return this.commit(entries)
  }

  updateBatch(entries) {
    return this.commit(entries)
  }

  deleteBatch(keys) {
    return this.#tree.write((transaction) => {
      for (const key of keys) transaction.delete(key)
    })
  }

  commit(entries) {
    return this.#tree.write((transaction) => {
      for (const [key, value] of entries) transaction.set(key, this.#encode(value))
    })
  }

  close() {
    return this.#tree.close()
  }

  async *#encoded(entries) {
    for (const [key, value] of entries) yield [key, this.#encode(value)]
  }
}

export default {
  name: 'okra-lmdb',
  about: `${versionOf('@canvas-js/okra-lmdb')}; keys are Buffers; a batch is a transaction, which is always durable`,
  key: (text) => Buffer.from(text),
  open: (folder, isJson) => new OkraStore(folder, isJson),
}
