import { CustomNodeStorage } from '../tree/custom-node-storage.js'
import { InMemoryNodeStorage } from '../tree/in-memory-node-storage.js'
import type { NodeStorage } from '../tree/node-storage.js'
import { ProllyTree } from '../tree/prolly-tree.js'
import type { StoredNode } from '../tree/stored-node.js'

/** A storage under test. */
export interface Subject {
  /** Empty at first. */
  readonly storage: NodeStorage
  /** Closes it, and opens the same place again; the storage itself when it does not outlive being closed. */
  reopen(): Promise<NodeStorage>
  /** Whether it deletes nodes when it is told to. */
  readonly deletes: boolean
}

/** A check failed: what is the case is not what must be. */
export class Mismatch extends Error {}

/** Fails the check. */
export function fail(reason: string): never {
  throw new Mismatch(reason)
}

/** Fails the check unless something holds. */
export function must(holds: boolean, reason: string): asserts holds {
  if (!holds) fail(reason)
}

/** Fails the check unless two values are the same. */
export function mustBe(what: string, found: unknown, expected: unknown): void {
  must(Object.is(found, expected), `${what} is ${String(found)} and should be ${String(expected)}`)
}

/** Fails the check unless these are the bytes that are expected. */
export function mustBeBytes(what: string, found: unknown, expected: Uint8Array): void {
  must(
    found instanceof Uint8Array,
    `${what} is ${found === undefined ? 'undefined' : typeof found}, no bytes`,
  )
  must(Buffer.compare(found, expected) === 0, `${what} has other bytes than were put`)
}

/** Fails the check unless `work` fails, with an error that `accept` says yes to. */
export async function mustFail(
  what: string,
  work: () => unknown,
  accept: (error: unknown) => boolean,
): Promise<void> {
  let found: unknown
  try {
    await work()
  } catch (error) {
    if (accept(error)) return
    found = error
  }
  fail(`${what} ${found === undefined ? 'is accepted' : `fails with ${String(found)}`}`)
}

/** A tree that was built in memory, and its nodes, children before their parents. */
export interface Sample {
  readonly rootHash: string
  readonly nodes: readonly StoredNode[]
  readonly entries: readonly (readonly [key: string, value: string])[]
}

/** Entries that make a tree of so many leaves that it has inner nodes. */
export function rows(count: number, value = 'value'): [string, string][] {
  return Array.from({ length: count }, (_, row) => [`row:${String(row).padStart(6, '0')}`, `${value} ${row}`])
}

/** Takes down what is put, in its order: children before their parents. */
class Collector extends CustomNodeStorage {
  readonly nodes: StoredNode[] = []

  override get(): undefined {}

  override put(nodes: readonly StoredNode[]): void {
    this.nodes.push(...nodes)
  }

  override delete(): void {}
}

/** Builds a tree in memory. */
export async function sampleOf(entries: readonly (readonly [string, string])[]): Promise<Sample> {
  using memory = new InMemoryNodeStorage()
  using tree = ProllyTree.create({ storage: memory })
  tree.insertBatch(entries)
  const rootHash = await tree.rootHash()
  using collector = new Collector()
  await memory.copyTo(collector, rootHash)
  return { rootHash, nodes: collector.nodes, entries }
}

/** A tree of one node. */
export async function leafOf(number: number): Promise<StoredNode> {
  const { nodes } = await sampleOf([['number', String(number)]])
  return nodes[0] ?? fail('a tree has no node')
}
