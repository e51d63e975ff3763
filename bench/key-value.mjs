// What the public API costs: node bench/key-value.mjs [entries]. Prints one line a task; machines are noisy, so compare
// runs of one machine only.
import { randomBytes } from 'node:crypto'
import { ProllyTree, VersionedKvStore } from '../dist/index.js'

const count = Number(process.argv[2] ?? 1_000_000)
const lookups = Math.min(count, 200_000)

for (const [name, make] of [
  ['ProllyTree, in memory', async () => ProllyTree.create({ valueEncoding: 'buffer' })],
  ['VersionedKvStore, in memory', () => VersionedKvStore.memory({ valueEncoding: 'buffer' })],
]) {
  process.stdout.write(`${name}, ${count.toLocaleString('en')} entries of 16 + 100 bytes\n`)
  const map = await make()
  const entries = Array.from({ length: count }, () => [randomBytes(8).toString('hex'), randomBytes(100)])
  await time('insertBatch', count, () => map.insertBatch(entries))
  await time('rootHash', count, () => map.rootHash())
  const keys = Array.from({ length: lookups }, () => entries[Math.floor(Math.random() * count)][0])
  await time('get, random', lookups, () => keys.forEach((key) => map.get(key)))
  await time('get, random, again', lookups, () => keys.forEach((key) => map.get(key)))
  await time('get, one key', lookups, () => keys.forEach(() => map.get(keys[0])))
  await time('has, random', lookups, () => keys.forEach((key) => map.has(key)))
  await time('get, missing', lookups, () => keys.forEach((key) => map.get(`${key}x`)))
  await time('getMany, random', lookups, () => map.getMany(keys))
  await time('entries, for', count, () => drain(map.entries()))
  await time('keys, for', count, () => drain(map.keys()))
  await time('entries, for await', count, () => drainAsync(map.entries()))
  await time('insert, one by one', lookups, () => keys.forEach((key) => map.insert(key, entries[0][1])))
  await time('update, one by one', lookups, () => keys.forEach((key) => map.update(key, entries[1][1])))
  await time('rootHash', lookups, () => map.rootHash())
  await map.close()
}

async function time(task, operations, work) {
  const start = process.hrtime.bigint()
  await work()
  const nanoseconds = Number(process.hrtime.bigint() - start)
  const each = Math.round(nanoseconds / operations).toLocaleString('en')
  process.stdout.write(
    `  ${task.padEnd(24)} ${(nanoseconds / 1e6).toFixed(0).padStart(8)} ms ${each.padStart(8)} ns each\n`,
  )
}

function drain(iterable) {
  let items = 0
  for (const _item of iterable) items++
  return items
}

async function drainAsync(iterable) {
  let items = 0
  for await (const _item of iterable) items++
  return items
}
