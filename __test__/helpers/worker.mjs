// What the worker threads of workers.test.ts do. They run the compiled package, as those of users do.
import { parentPort, workerData } from 'node:worker_threads'
import { ConflictError, VersionedKvStore } from '../../dist/index.js'

const { task, folder, number, commits } = workerData

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
