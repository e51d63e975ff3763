// What a long history costs in each storage: node bench/upkeep.mjs [entries] [commits]. Keys of 16 bytes, values of 100
// incompressible ones, in random order; every tenth commit changes one and the same key. Medians of several rounds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VersionedKvStore } from '../dist/index.js'
import { author, drainAsync, key, report, value } from './report.mjs'

const count = Number(process.argv[2] ?? 1_000_000)
const commits = Number(process.argv[3] ?? 1000)
const HOT = 'hot'

const entries = Array.from({ length: count }, () => [key(), value()])
const some = () => entries[Math.floor(Math.random() * count)][0]

for (const storage of ['git', 'file', 'rocksdb']) {
  const folder = mkdtempSync(join(tmpdir(), 'prolly-bench-'))
  const place = join(folder, 'store')
  console.log(`${storage}: ${count.toLocaleString('en')} entries of 16 + 100 bytes`)
  try {
    const store = await VersionedKvStore.init(place, { storage })
    store.insertBatch(entries)
    store.insert(HOT, value())
    await store.commit('All', { author })
    await size(store, 'on the disk after the first commit')
    await report(`commit of one changed key, ${commits}`, commits, async (round) => {
      store.insert(round % 10 === 0 ? HOT : some(), value())
      await store.commit(`Round ${round}`, { author })
    })
    await store.createBranch('side', { start: `HEAD~${Math.min(100, commits)}` })
    await report('checkout of another branch', 21, (round) =>
      store.checkout(round % 2 === 0 ? 'side' : 'main'),
    )
    await store.checkout('main')
    await report(`history of a key over ${commits} commits`, 5, () => drainAsync(store.history(HOT)))
    const { garbage, live, bytesBefore, bytesAfter } = await timed('gc', () =>
      store.collectGarbage({ grace: 0 }),
    )
    console.log(
      `  ${megabytes(bytesBefore)} before gc, ${megabytes(bytesAfter)} after; ${live} stay, ${garbage} went`,
    )
    await timed('gc once more', () => store.collectGarbage({ grace: 0 }))
    await store.close()
    const { nodes, faults } = await timed('fsck', () => VersionedKvStore.check(place))
    console.log(`  ${nodes} nodes, ${faults.length} faults`)
    const clone = await timed('clone', () =>
      VersionedKvStore.clone(`file://${place}`, join(folder, 'clone'), { storage }),
    )
    await clone.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function size(store, when) {
  const { bytesBefore } = await store.collectGarbage({ dryRun: true })
  console.log(`  ${megabytes(bytesBefore)} ${when}`)
}

async function timed(task, work) {
  let answer
  await report(task, 1, async () => {
    answer = await work()
  })
  return answer
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
