// What versions cost in a store on disk: node bench/versions.mjs [entries]. Keys of 16 bytes, values of 100 incompressible
// ones, in random order; medians of several rounds. Machines are noisy, so compare runs of one machine only.
import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { VersionedKvStore } from '../dist/index.js'
import { author, drain, drainAsync, key, report, value } from './report.mjs'

const count = Number(process.argv[2] ?? 1_000_000)
const command = fileURLToPath(new URL('../bin/git-prolly.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'prolly-bench-'))

try {
  const entries = Array.from({ length: count }, () => [key(), value()])
  const some = (number) => Array.from({ length: number }, () => entries[Math.floor(Math.random() * count)][0])
  console.log(`A store on disk, ${count.toLocaleString('en')} entries of 16 + 100 bytes, medians`)

  const file = createWriteStream(join(folder, 'records.ndjson'))
  for (let start = 0; start < count; start += 1000) {
    const lines = entries.slice(start, start + 1000).map(([k, v]) => `${JSON.stringify({ k, v })}\n`)
    if (!file.write(lines.join(''))) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
  const imported = join(folder, 'imported')
  run('init', imported)
  await report('import through the command', 1, () =>
    run('-C', imported, 'import', '--key', 'k', join(folder, 'records.ndjson')),
  )
  await report('commit of the import', 1, () => run('-C', imported, 'commit', '-m', 'All'))
  rmSync(imported, { recursive: true })

  const store = await VersionedKvStore.init(join(folder, 'store'))
  const commit = (message) => store.commit(message, { author })
  await report('insertBatch', 1, () => store.insertBatch(entries))
  await report('commit of all', 1, () => commit('All'))
  await report('get, random, 100,000', 3, () => some(100_000).forEach((k) => store.get(k)), 100_000)
  await report('entries, all', 3, () => drain(store.entries()), count)
  await report(
    'insert, one by one, 10,000',
    1,
    () => some(10_000).forEach((k) => store.insert(k, value())),
    10_000,
  )
  await commit('Some')
  await report('commit of one changed key', 21, async (round) => {
    store.insert(some(1)[0], value())
    await commit(`Round ${round}`)
  })
  await report('transact of one key', 21, () =>
    store.transact((tx) => void tx.insert(some(1)[0], value()), { message: 'One', author }),
  )
  // What waits together is published together.
  const transact = (k) => store.transact((tx) => void tx.insert(k, value()), { message: 'One', author })
  await report('transact of one key, 16 at once', 21, () => Promise.all(some(16).map(transact)), 16)
  await report('diff of 1 change', 11, () => drainAsync(store.diff('HEAD~1', 'HEAD')))
  for (const number of [1000]) {
    await store.createBranch('side')
    store.insertBatch(Array.from({ length: number }, () => [key(), value()]))
    await commit('Left')
    await report(`diff of ${number} changes`, 11, () => drainAsync(store.diff('HEAD~1', 'HEAD')))
    await store.checkout('side')
    store.insertBatch(Array.from({ length: number }, () => [key(), value()]))
    await commit('Right')
    await store.checkout('main')
    await report(`merge of ${number} x ${number} changes, dry run`, 5, () =>
      store.merge('side', { dryRun: true, author }),
    )
    await report(`merge of ${number} x ${number} changes`, 1, () => store.merge('side', { author }))
  }
  await store.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function run(...args) {
  const done = spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: 'Bench',
      GIT_AUTHOR_EMAIL: 'b@example.org',
      GIT_COMMITTER_NAME: 'Bench',
      GIT_COMMITTER_EMAIL: 'b@example.org',
    },
  })
  if (done.status !== 0) throw new Error(`git-prolly ${args[0]}: ${done.stderr}`)
}
