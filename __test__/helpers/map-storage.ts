import { type Awaitable, CustomNodeStorage, type StoredNode } from '../../ts/index.js'

/** What storages of the tests keep, so that one can be opened again. */
export class Place {
  readonly nodes = new Map<string, Uint8Array>()
  readonly roots = new Map<string, string>()
}

/** The whole of a custom storage, in memory and synchronous. */
export class MapStorage extends CustomNodeStorage {
  readonly place: Place

  constructor(place = new Place()) {
    super()
    this.place = place
  }

  get(address: string): Awaitable<Uint8Array | undefined> {
    return this.place.nodes.get(address)
  }

  put(nodes: readonly StoredNode[]): Awaitable<void> {
    for (const { address, bytes } of nodes) this.place.nodes.set(address, bytes)
  }

  delete(addresses: readonly string[]): Awaitable<void> {
    for (const address of addresses) this.place.nodes.delete(address)
  }

  override root(name: string): Awaitable<string | undefined> {
    return this.place.roots.get(name)
  }

  override roots(): Awaitable<ReadonlyMap<string, string>> {
    return this.place.roots
  }

  override compareAndSwapRoot(
    name: string,
    expected: string | undefined,
    replacement: string | undefined,
  ): Awaitable<boolean> {
    const { roots } = this.place
    if (roots.get(name) !== expected) return false
    if (replacement === undefined) roots.delete(name)
    else roots.set(name, replacement)
    return true
  }

  override addresses(): Iterable<string> | AsyncIterable<string> {
    return this.place.nodes.keys()
  }
}

/** The same, where everything takes its time. */
export class SlowStorage extends MapStorage {
  override async get(address: string): Promise<Uint8Array | undefined> {
    await pause()
    return super.get(address)
  }

  override async getMany(addresses: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    await pause()
    return addresses.map((address) => this.place.nodes.get(address))
  }

  override async put(nodes: readonly StoredNode[]): Promise<void> {
    await pause()
    return super.put(nodes)
  }

  override async delete(addresses: readonly string[]): Promise<void> {
    await pause()
    return super.delete(addresses)
  }

  override async root(name: string): Promise<string | undefined> {
    await pause()
    return super.root(name)
  }

  override async roots(): Promise<ReadonlyMap<string, string>> {
    await pause()
    return super.roots()
  }

  override async compareAndSwapRoot(
    name: string,
    expected: string | undefined,
    replacement: string | undefined,
  ): Promise<boolean> {
    await pause()
    return super.compareAndSwapRoot(name, expected, replacement)
  }

  override async *addresses(): AsyncGenerator<string> {
    for (const address of this.place.nodes.keys()) {
      await pause()
      yield address
    }
  }
}

/** Lets the event loop go round once. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
