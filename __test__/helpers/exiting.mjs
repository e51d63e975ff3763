// A process that ends while its threads are in a store, for process-exit.test.ts: exiting.mjs <folder> <round> <milliseconds>.
// It says which of its transactions were acknowledged.
import { writeSync } from 'node:fs'
import { VersionedKvStore } from '../../dist/index.js'

const [folder, round, milliseconds] = process.argv.slice(2)
const store = await VersionedKvStore.open(folder)
const quietly = (promise) => void promise.catch(() => {})

async function write(writer) {
  for (let number = 0; ; number++) {
    const key = `${round}:${writer}:${number}`
    await store.transact((tx) => void tx.insert(key, 'done'), { message: key })
    writeSync(1, `${key}\n`)
  }
}

async function read() {
  for (;;) {
    for await (const _entry of store.entries());
    for await (const _commit of store.log());
  }
}

for (let writer = 0; writer < 8; writer++) quietly(write(writer))
quietly(read())
quietly(store.collectGarbage({ grace: 0 }))
store.insert(`staged:${round}`, 'done')
quietly(store.rootHash())
setTimeout(() => process.exit(7), Number(milliseconds))
