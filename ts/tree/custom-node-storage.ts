import { ProllyError } from '../errors/prolly-error.js'
import { serveRequests } from './custom-requests.js'
import { NodeStorage } from './node-storage.js'
import type { Awaitable, StoredNode } from './stored-node.js'
import type { NativeStorage } from '#native'

/**
 * A storage of your own: extend it, and keep nodes wherever you like. Each method may be synchronous or return a promise.
 *
 * `get`, `put` and `delete` must be there. To publish trees, `root` and `compareAndSwapRoot` too; to collect garbage,
 * `addresses` and, when trees are published, `roots`. The others have a form that is right and can be replaced by a
 * faster one. `checkStorageConformance` of `prollytree/testing` tells whether a storage does what trees need.
 *
 * All that is asynchronous works with trees in it: iteration with `for await`, `promises`, `load`, snapshots, diffs,
 * merges, proofs, copies in both directions. What is synchronous does not, and says so (`PROLLY_UNSUPPORTED`): the event
 * loop cannot wait for what runs on it.
 *
 * The library checks every node that it is given, and keeps the ones it uses most in memory. What a method throws or
 * rejects with is the `cause` of the error (`PROLLY_STORAGE`) that the operation on the tree rejects with; a
 * {@link ProllyError} comes out as it is.
 *
 * @example
 * ```ts
 * import { CustomNodeStorage, ProllyTree, type StoredNode } from 'prollytree'
 *
 * class MapStorage extends CustomNodeStorage {
 *   readonly nodes = new Map<string, Uint8Array>()
 *   readonly published = new Map<string, string>()
 *
 *   get(address: string) {
 *     return this.nodes.get(address)
 *   }
 *   put(nodes: readonly StoredNode[]) {
 *     for (const { address, bytes } of nodes) this.nodes.set(address, bytes)
 *   }
 *   delete(addresses: readonly string[]) {
 *     for (const address of addresses) this.nodes.delete(address)
 *   }
 *   override root(name: string) {
 *     return this.published.get(name)
 *   }
 *   override compareAndSwapRoot(name: string, expected?: string, replacement?: string) {
 *     if (this.published.get(name) !== expected) return false
 *     if (replacement === undefined) this.published.delete(name)
 *     else this.published.set(name, replacement)
 *     return true
 *   }
 * }
 *
 * using storage = new MapStorage()
 * using tree = ProllyTree.create({ storage })
 * await tree.promises.insert('a', '1')
 * await tree.publish('main')
 * using again = await ProllyTree.open(storage, 'main')
 * assert.equal(await again.promises.get('a'), '1')
 * ```
 */
export abstract class CustomNodeStorage extends NodeStorage {
  /** @internal */
  override readonly native: NativeStorage = serveRequests(this)

  /** @internal */
  override get custom(): string {
    return this.constructor.name || 'CustomNodeStorage'
  }

  /**
   * The bytes that were put under an address; `undefined`, and nothing else, when there are none.
   *
   * @param address - The address: 64 lower-case hexadecimal digits.
   */
  abstract override get(address: string): Awaitable<Uint8Array | undefined>

  /**
   * As many as there are addresses, in their order; `undefined` for what is not there. Without one of your own, `get` is
   * asked for all of them at once.
   *
   * @param addresses - The addresses.
   */
  override getMany(addresses: readonly string[]): Awaitable<readonly (Uint8Array | undefined)[]> {
    return Promise.all(addresses.map((address) => this.get(address)))
  }

  /**
   * Which of them are there, in their order. Without one of your own, `getMany` is asked for them.
   *
   * @param addresses - The addresses.
   */
  override async hasMany(addresses: readonly string[]): Promise<boolean[]> {
    const found = await this.getMany(addresses)
    return found.map((bytes) => bytes !== undefined)
  }

  /**
   * Keeps nodes, which must be there for `get` when it returns. They come children first, and are checked: an address that
   * is there already has these very bytes.
   *
   * @param nodes - The nodes.
   */
  abstract override put(nodes: readonly StoredNode[]): Awaitable<void>

  /**
   * Deletes nodes; those that are not there are no fault. Only the collection of garbage asks for it.
   *
   * @param addresses - Their addresses.
   */
  abstract override delete(addresses: readonly string[]): Awaitable<void>

  /**
   * The root hash published under a name; `undefined` when there is none. Without one of your own, it is refused.
   *
   * @param name - The name.
   */
  override root(name: string): Awaitable<string | undefined> {
    throw this.#without('root', `cannot look up ${JSON.stringify(name)}`, 'open trees with ProllyTree.at')
  }

  /**
   * Every published root hash by its name. Without one of your own it is empty when nothing can be published, because
   * {@link CustomNodeStorage.root} is missing too, and is refused otherwise.
   */
  override roots(): Awaitable<ReadonlyMap<string, string>> {
    if (this.root === CustomNodeStorage.prototype.root) return new Map()
    throw this.#without('roots', 'cannot list what is published', 'do without collecting garbage')
  }

  /**
   * Publishes a root hash under a name if what is published there is `expected`; `undefined` stands for nothing. Nobody
   * else may publish in between. Without one of your own, it is refused.
   *
   * @param name - The name.
   * @param expected - What must be published now.
   * @param replacement - What is to be published; `undefined` to remove the name.
   * @returns Whether it was what is expected. When it was not, nothing may change.
   */
  override compareAndSwapRoot(
    name: string,
    expected: string | undefined,
    replacement: string | undefined,
  ): Awaitable<boolean> {
    const what = `cannot move ${JSON.stringify(name)} from ${expected ?? 'nothing'} to ${replacement ?? 'nothing'}`
    throw this.#without('compareAndSwapRoot', what, 'keep root hashes elsewhere')
  }

  /**
   * Every address that is there, in any order, for the collection of garbage. Without one of your own, that is refused.
   *
   * Writers that share this object are held off while garbage is deleted. Others must not write meanwhile.
   */
  addresses(): Iterable<string> | AsyncIterable<string> {
    throw this.#without('addresses', 'cannot list its nodes', 'copy what is needed to a new storage')
  }

  /** Returns once all that was put survives a loss of power. Without one of your own, nothing is waited for. */
  override sync(): Awaitable<void> {}

  #without(method: string, what: string, instead: string): ProllyError {
    const message = `${this.custom} ${what}: implement ${this.custom}.${method}, or ${instead}`
    return new ProllyError('PROLLY_UNSUPPORTED', message, { details: { storage: this.custom, method } })
  }
}
