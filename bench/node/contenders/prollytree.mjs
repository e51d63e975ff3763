// This project's tree over any of its storages.
import { ProllyTree } from '../../../dist/index.js'

const NAME = 'main'

/**
 * A tree in a storage. Committed means that its root hash was computed; its new nodes may be in memory alone until it is
 * published, which makes them durable.
 */
export class ProllyTreeStore {
  #tree

  constructor(tree) {
    this.#tree = tree
  }

  /** Opens the tree published in a storage, or makes one. */
  static async open(storage, isJson) {
    const options = { valueEncoding: isJson ? 'json' : 'buffer' }
    const published = await storage.root(NAME)
    const tree =
      published === undefined
        ? ProllyTree.create({ storage, ...options })
        : await ProllyTree.open(storage, NAME, options)
    return new ProllyTreeStore(tree)
  }

  async load(entries) {
    await this.#tree.load(entries)
    await this.#tree.publish(NAME)
  }

  get(keys, look) {
    for (const key of keys) look(this.#tree.get(key))
  }

  getMany(keys, look) {
    this.#tree.getMany(keys).forEach(look)
  }

  scan(look) {
    for (const [, value] of this.#tree.entries()) look(value)
  }

  async insert(entries) {
    for (const [key, value] of entries) this.#tree.insert(key, value)
    await this.#tree.rootHash()
  }

  async update(entries) {
    for (const [key, value] of entries) this.#tree.update(key, value)
    await this.#tree.rootHash()
  }

  async delete(keys) {
    for (const key of keys) this.#tree.delete(key)
    await this.#tree.rootHash()
  }

  async insertBatch(entries) {
    this.#tree.insertBatch(entries)
    await this.#tree.rootHash()
  }

  async updateBatch(entries) {
    this.#tree.updateBatch(entries)
    await this.#tree.rootHash()
  }

  async deleteBatch(keys) {
    this.#tree.deleteBatch(keys)
    await this.#tree.rootHash()
  }

  async commit(entries) {
    this.#tree.insertBatch(entries)
    await this.#tree.publish(NAME)
  }

  close() {
    this.#tree.close()
    this.#tree.storage.close()
  }
}
