import { CustomNodeStorage } from '../../dist/index.js'

/** Nodes in maps, and how many were read and written through this object. Its nodes are in no cache when it is made. */
export class CountingStorage extends CustomNodeStorage {
  count = { read: 0, bytesRead: 0, written: 0, bytesWritten: 0 }
  #place

  /** @param place - Nodes by address and root hashes by name, which outlast this object. */
  constructor(place) {
    super()
    this.#place = place
  }

  get(address) {
    const bytes = this.#place.nodes.get(address)
    this.count.read++
    this.count.bytesRead += bytes.length
    return bytes
  }

  /** Nothing of a node is read to find out whether it is there. */
  hasMany(addresses) {
    return addresses.map((address) => this.#place.nodes.has(address))
  }

  put(nodes) {
    for (const { address, bytes } of nodes) {
      this.count.written++
      this.count.bytesWritten += bytes.length
      this.#place.nodes.set(address, bytes)
    }
  }

  delete(addresses) {
    for (const address of addresses) this.#place.nodes.delete(address)
  }

  root(name) {
    return this.#place.roots.get(name)
  }

  compareAndSwapRoot(name, expected, replacement) {
    if (this.#place.roots.get(name) !== expected) return false
    this.#place.roots.set(name, replacement)
    return true
  }
}
