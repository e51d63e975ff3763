import * as codec from '@ipld/dag-cbor'
import { sha256 as hasher } from 'multiformats/hashes/sha2'
import { global as cache } from 'prolly-trees/cache'
import { create } from 'prolly-trees/map'
import { bf, simpleCompare as compare } from 'prolly-trees/utils'
import { versionOf } from '../../packages.mjs'

/** Nodes end after one entry in so many, in the mean. */
const FANOUT = 30

/** The library leaves to its user where blocks are kept: here in a map. Its own cache has the nodes decoded. */
class ProllyTreesStore {
  #root
  #blocks = new Map()

  async load(entries) {
    const list = items(entries)
    const get = async (cid) => this.#blocks.get(cid.toString())
    const options = { get, cache, chunker: bf(FANOUT), codec, hasher, compare, sorted: false }
    for await (const node of create({ ...options, list })) {
      const block = await node.block
      this.#blocks.set(block.cid.toString(), block)
      await cache.set(node)
      this.#root = node
    }
  }

  async get(keys, look) {
    for (const key of keys) look((await this.#root.get(key)).result)
  }

  async getMany(keys, look) {
    const { result } = await this.#root.getMany([...keys])
    result.forEach(look)
  }

  async scan(look) {
    const { result } = await this.#root.getAllEntries()
    for (const { value } of result) look(value)
  }

  async insert(entries) {
    for (const entry of entries) await this.insertBatch([entry])
  }

  update(entries) {
    return this.insert(entries)
  }

  async delete(keys) {
    for (const key of keys) await this.deleteBatch([key])
  }

  insertBatch(entries) {
    return this.#bulk(items(entries))
  }

  updateBatch(entries) {
    return this.insertBatch(entries)
  }

  deleteBatch(keys) {
    return this.#bulk(keys.map((key) => ({ key, del: true })))
  }

  close() {}

  async #bulk(changes) {
    const { root, blocks } = await this.#root.bulk(changes)
    for (const block of blocks) this.#blocks.set((await block.cid).toString(), block)
    this.#root = root
  }
}

function items(entries) {
  return entries.map(([key, value]) => ({ key, value }))
}

export default {
  name: 'prolly-trees',
  about: `${versionOf('prolly-trees')}; keys are strings; blocks in a Map, its global cache, nodes of ${FANOUT} entries`,
  inMemory: true,
  open: () => new ProllyTreesStore(),
}
