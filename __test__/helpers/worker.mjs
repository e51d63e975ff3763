// What the worker threads of workers.test.ts do. They run the compiled package, as those of users do.
import { parentPort, workerData } from 'node:worker_threads'
import { ConflictError, CustomNodeStorage, ProllyTree, VersionedKvStore } from '../../dist/index.js'

const { task, folder, number, commits, silent } = workerData

/** Answers after a while, or never. */
class Slow extends CustomNodeStorage {
  nodes = new Map()
  silent = false
  async get(address) {
    if (this.silent) await new Promise(() => {})
    await new Promise(setImmediate)
    return this.nodes.get(address)
  }
  put(nodes) {
    for (const { address, bytes } of nodes) this.nodes.set(address, bytes)
  }
  delete() {}
}

if (task === 'memory') {
  const store = await VersionedKvStore.memory()
  store.insert('key', 'value')
  parentPort.postMessage(store.get('key'))
  await store.close()
}

if (task === 'transact') {
  const store = await VersionedKvStore.open(folder)
  let done = 0
  while (done < commits) {
    try {
      const message = `Worker ${number}, ${done}`
      await store.transact((tx) => tx.insert(`worker:${number}:${done}`, 'done'), { message })
      done++
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
    }
  }
  await store.close()
  parentPort.postMessage(done)
}

if (task === 'busy') {
  const store = await VersionedKvStore.open(folder)
  await store.transact((tx) => tx.insert(`begun:${number}`, '1'), { message: 'Begin' })
  const walk = store.keys()[Symbol.asyncIterator]()
  await walk.next()
  for (let round = 0; round < 200; round++) void store.rootHash().catch(() => {})
  void store.transact((tx) => tx.insert('busy', String(number)), { message: 'Busy' }).catch(() => {})
  parentPort.postMessage('busy')
  await new Promise(() => {})
}

if (task === 'storage') {
  const storage = new Slow()
  const tree = ProllyTree.create({ storage })
  await tree.promises.insertBatch(Array.from({ length: 2000 }, (_, row) => [`row:${row}`, `value ${row}`]))
  const fresh = Object.assign(new Slow(), { nodes: storage.nodes })
  const rootHash = await tree.rootHash()
  const read = await ProllyTree.at(fresh, rootHash)
  fresh.silent = silent
  for (let row = 0; row < 100; row++) void read.promises.get(`row:${row * 19}`).catch(() => {})
  void read.publish('main').catch(() => {})
  parentPort.postMessage('asked')
  if (silent) await new Promise(() => {})
}

if (task === 'forgotten') {
  const tree = ProllyTree.create({ storage: new Slow() })
  await tree.promises.insert('a', '1')
  parentPort.postMessage(await tree.promises.get('a'))
}
