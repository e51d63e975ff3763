// The process that counts: node count.mjs <size> <kind> <task>…. It answers with what one call of each task reads from a
// storage and writes to it, nothing of which is timed. All storages are given the same nodes, so one stands for all.
import { ProllyTree } from '../../dist/index.js'
import { CountingStorage } from './counting-storage.mjs'
import { Data } from './data.mjs'
import { GROUPS } from './tasks.mjs'

const NAME = 'main'
/** Inputs of a task; the medians count. */
const INPUTS = 5

/** What a contender does for a task, here off the event loop: a storage in JavaScript can be asked in no other way. */
const CALLS = {
  get: ({ promises }, [key]) => promises.get(key),
  getMany: ({ promises }, keys) => promises.getMany(keys),
  scan,
  insert: ({ promises }, [entry]) => promises.insert(...entry),
  update: ({ promises }, [entry]) => promises.update(...entry),
  delete: ({ promises }, [key]) => promises.delete(key),
  insertBatch: ({ promises }, entries) => promises.insertBatch(entries),
  updateBatch: ({ promises }, entries) => promises.updateBatch(entries),
  deleteBatch: ({ promises }, keys) => promises.deleteBatch(keys),
  commit: ({ promises }, entries) => promises.insertBatch(entries),
}

// A store just opened is all there is here: the tasks about one have nothing of their own to count.
const isCounted = ({ method, store }) => method in CALLS && store !== 'reopened'

const [size, kind, ...ids] = process.argv.slice(2)
const data = new Data(Number(size), kind)
const options = { valueEncoding: data.isJson ? 'json' : 'buffer' }
const counts = {}
const place = { nodes: new Map(), roots: new Map() }
const sorted = await load(place, data.sorted())
for (const group of GROUPS) {
  if (!group.some(({ id }) => ids.includes(id))) continue
  if (group[0].method === 'load') await countLoad(group[0])
  else await countGroup(group.filter(isCounted))
}
process.send(counts)

/** Loads are of all entries: one input is all there is. */
async function countLoad({ id, input }) {
  counts[id] = id === 'load-sorted' ? sorted : await load({ nodes: new Map(), roots: new Map() }, input(data))
}

/** Runs all tasks of a group, whether asked for or not: what one inserts another deletes. */
async function countGroup(group) {
  const found = new Map(group.map(({ id }) => [id, []]))
  for (let number = 0; number < INPUTS; number++) {
    for (const task of group) found.get(task.id).push(await call(task, task.input(data, number)))
  }
  for (const [id, each] of found) counts[id] = medians(each)
}

/** Calls with a storage that was just opened. */
async function call({ method }, input) {
  const storage = new CountingStorage(place)
  return counted(storage, await ProllyTree.open(storage, NAME, options), (tree) => CALLS[method](tree, input))
}

async function scan(tree) {
  for await (const _entry of tree.entries());
}

async function load(into, entries) {
  const storage = new CountingStorage(into)
  return counted(storage, ProllyTree.create({ storage, ...options }), (tree) =>
    tree.promises.insertBatch(entries),
  )
}

/** Works on a tree, publishes it and closes both. */
async function counted(storage, tree, work) {
  await work(tree)
  await tree.publish(NAME)
  await tree.close()
  await storage.close()
  return storage.count
}

function medians(found) {
  const names = Object.keys(found[0])
  const median = (name) =>
    found.map((count) => count[name]).toSorted((one, other) => one - other)[INPUTS >> 1]
  return Object.fromEntries(names.map((name) => [name, median(name)]))
}
