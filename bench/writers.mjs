// How many transactions a second several processes commit to one branch: node bench/writers.mjs [entries] [seconds]. Each
// transaction sets one random key; of a process, so many are under way at once. Only one process has a RocksDB store open.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { VersionedKvStore } from '../dist/index.js'
import { author, key, value } from './report.mjs'

/** Processes, and transactions at once in each. */
const SHAPES = [
  [1, 1],
  [1, 8],
  [1, 64],
  [4, 1],
  [4, 4],
  [4, 16],
]

if (process.send) await write(process.argv[2], Number(process.argv[3]), Number(process.argv[4]))
else await compare(Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 5))

async function compare(count, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'prolly-bench-'))
  try {
    console.log(`Transactions of one key, ${count.toLocaleString('en')} entries, ${seconds} s each`)
    for (const storage of ['git', 'file', 'rocksdb']) {
      const path = join(folder, storage)
      const store = await VersionedKvStore.init(path, { storage })
      store.insertBatch(Array.from({ length: count }, () => [key(), value()]))
      await store.commit('All', { author })
      await store.close()
      for (const [processes, atOnce] of SHAPES) {
        if (storage === 'rocksdb' && processes > 1) continue
        const done = await Promise.all(Array.from({ length: processes }, () => writer(path, atOnce, seconds)))
        const all = done.reduce((sum, { length }) => sum + length, 0)
        const times = done.flat().toSorted((a, b) => a - b)
        const at = (share) => times[Math.floor((times.length - 1) * share)].toFixed(1)
        console.log(
          `  ${storage.padEnd(8)} ${processes} x ${String(atOnce).padEnd(3)} ${(all / seconds).toFixed(0).padStart(7)} a second, ` +
            `median ${at(0.5)} ms, 99 % ${at(0.99)} ms`,
        )
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What each transaction of a process took, in milliseconds. */
async function writer(path, atOnce, seconds) {
  const child = fork(fileURLToPath(import.meta.url), [path, String(atOnce), String(seconds)])
  const [times] = await once(child, 'message')
  await once(child, 'exit')
  return times
}

async function write(path, atOnce, seconds) {
  const store = await VersionedKvStore.open(path)
  const end = performance.now() + seconds * 1000
  const times = []
  const work = async () => {
    for (let now = performance.now(); now < end;) {
      await store.transact((tx) => void tx.insert(key(), value()), { message: 'One', author })
      const later = performance.now()
      times.push(later - now)
      now = later
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await store.close()
  process.send(times)
  process.disconnect()
}
