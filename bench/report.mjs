// What the benchmarks of stores share: random data, and medians of several rounds.
import { randomBytes } from 'node:crypto'

export const author = { name: 'Bench', email: 'bench@example.org' }

/** 16 characters, in random order. */
export const key = () => randomBytes(8).toString('hex')
/** 100 characters that do not compress well. */
export const value = () => randomBytes(75).toString('base64')

/** Runs work several times and prints the median of what it took. */
export async function report(task, rounds, work, operations = 1) {
  const times = []
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint()
    await work(round)
    times.push(Number(process.hrtime.bigint() - start) / 1e6)
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]
  const each =
    operations > 1 ? `  ${Math.round((median * 1e6) / operations).toLocaleString('en')} ns each` : ''
  console.log(`  ${task.padEnd(40)} ${median.toFixed(median < 100 ? 2 : 0).padStart(9)} ms${each}`)
}

export function drain(iterable) {
  let items = 0
  for (const _item of iterable) items++
  return items
}

export async function drainAsync(iterable) {
  let items = 0
  for await (const _item of iterable) items++
  return items
}
