import { ProllyError } from '../errors/prolly-error.js'
import { InMemoryNodeStorage } from '../tree/in-memory-node-storage.js'
import type { NodeStorage } from '../tree/node-storage.js'
import { ProllyTree } from '../tree/prolly-tree.js'
import type { Check } from './conformance.js'
import { must, mustBe, mustBeBytes, rows, type Sample, sampleOf, type Subject } from './subject.js'

/** What trees make of all that. */
export const TREE_CHECKS: readonly Check[] = [
  ['a tree is built and read', built],
  ['a published tree is there when opened again', reopened],
  ['trees are compared and merged', merged],
  ['trees are copied to it and from it', copied],
  ['garbage goes and nothing else', garbage],
]

const ROWS = rows(2000)

async function built({ storage }: Subject): Promise<void> {
  const sample = await sampleOf([...ROWS, ['long', 'v'.repeat(100_000)]])
  using tree = ProllyTree.create({ storage })
  await tree.load(sample.entries)
  mustBe('the root hash', await tree.rootHash(), sample.rootHash)
  await holds(storage, sample)
  await hasEntries(tree, sample)
  const keys = ROWS.filter((_, index) => index % 97 === 0).map(([key]) => key)
  const values = await tree.promises.getMany(keys)
  keys.forEach((key, index) => mustBe(key, values[index], `value ${Number(key.slice(4))}`))
  mustBe('the value of a key that is not there', await tree.promises.get('nothing'), undefined)
}

async function reopened({ storage, reopen }: Subject): Promise<void> {
  const sample = await sampleOf(ROWS)
  {
    using tree = ProllyTree.create({ storage })
    await tree.promises.insertBatch(ROWS)
    await tree.publish('main')
  }
  await storage.sync()
  const again = await reopen()
  mustBe('the root', await again.root('main'), sample.rootHash)
  using tree = await ProllyTree.open(again, 'main')
  await hasEntries(tree, sample)
  // Last, for a Git repository finds by its address what it has met in a tree.
  await holds(again, sample)
}

async function merged({ storage }: Subject): Promise<void> {
  using tree = ProllyTree.create({ storage })
  await tree.promises.insertBatch(ROWS)
  await tree.publish('main')
  using base = await tree.snapshot()
  using other = await ProllyTree.at(storage, base.rootHash)
  await tree.promises.update('row:000007', 'here')
  await other.promises.update('row:001007', 'there')
  await other.promises.delete('row:001999')
  const changes = await base.diff(other).toArray()
  const found = changes.map(({ type, key }) => `${type} ${key}`).join()
  mustBe('what has changed', found, 'modified row:001007,removed row:001999')
  mustBe('the conflicts of the merge', (await tree.merge(other, base)).conflicts, 0)
  const [here, there] = await tree.promises.getMany(['row:000007', 'row:001007'])
  mustBe('what was merged', `${here},${there},${await tree.promises.count()}`, 'here,there,1999')
  await tree.publish('main')
}

async function copied({ storage }: Subject): Promise<void> {
  const sample = await sampleOf([...ROWS, ['long', 'v'.repeat(100_000)]])
  using memory = new InMemoryNodeStorage()
  await memory.put(sample.nodes)
  const { nodes } = await memory.copyTo(storage, sample.rootHash)
  mustBe('the nodes that were copied to it', nodes, new Set(sample.nodes.map(({ address }) => address)).size)
  await holds(storage, sample)
  await storage.compareAndSwapRoot('main', undefined, sample.rootHash)
  const again = await memory.copyTo(storage, sample.rootHash)
  mustBe('the nodes that were copied to it again', again.nodes, 0)
  using back = new InMemoryNodeStorage()
  mustBe('the nodes copied from it', (await storage.copyTo(back, sample.rootHash)).nodes, nodes)
  using tree = await ProllyTree.at(back, sample.rootHash)
  await hasEntries(tree, sample)
}

async function garbage({ storage }: Subject): Promise<void> {
  const dead = await sampleOf(rows(300, 'of no use'))
  await storage.put(dead.nodes)
  const [kept, named] = [await sampleOf(ROWS), await sampleOf(rows(400, 'named'))]
  await storage.put(kept.nodes)
  await storage.compareAndSwapRoot('main', undefined, kept.rootHash)
  await storage.put(named.nodes)
  await storage.sync()
  const options = { roots: [named.rootHash], grace: 0 }
  const live = kept.nodes.length + named.nodes.length
  try {
    const dry = await storage.collectGarbage({ ...options, dryRun: true })
    mustBe('what a dry run counts', `${dry.live},${dry.garbage}`, `${live},${dead.nodes.length}`)
    await holds(storage, dead)
    const collected = await storage.collectGarbage(options)
    mustBe('what goes', JSON.stringify(collected), JSON.stringify(dry))
  } catch (error) {
    // It collects by itself or not at all, and says so.
    if (error instanceof ProllyError && error.code === 'PROLLY_UNSUPPORTED') return
    throw error
  }
  const left = await storage.hasMany(dead.nodes.map(({ address }) => address))
  must(!left.includes(true), 'a node that nothing reaches is still there')
  await holds(storage, kept)
  await holds(storage, named)
}

/** Looks at every node of a tree in the storage itself. */
async function holds(storage: NodeStorage, { nodes }: Sample): Promise<void> {
  const found = await storage.getMany(nodes.map(({ address }) => address))
  nodes.forEach(({ address, bytes }, index) => mustBeBytes(`node ${address}`, found[index], bytes))
}

async function hasEntries(tree: ProllyTree<string, string>, { entries }: Sample): Promise<void> {
  const expected = new Map(entries)
  let count = 0
  for await (const [key, value] of tree.entries()) {
    mustBe(`the value of ${key}`, value, expected.get(key))
    count++
  }
  mustBe('the number of entries', count, expected.size)
}
