// What tasks read from a storage and write to it, beside what they take.
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { answer } from './answers.mjs'
import { bytes, table } from './table.mjs'

const COUNT = join(import.meta.dirname, 'count.mjs')

/** The table of what is counted. */
export async function countsTable({ size, kind, groups }, markdown) {
  const tasks = groups.flat()
  const counts = await answer(fork(COUNT, [size, kind, ...tasks.map(({ id }) => id)]), 'counting')
  const rows = tasks
    .filter(({ id }) => id in counts)
    .map((task) => [task.call ?? task.title, ...cells(counts[task.id])])
  const title =
    "nodes read from storage with an empty cache, and written, by this project's tree: one call each, opening and publishing included; the cache has its default size"
  return ['', title, '', ...table(['task', 'read', 'written'], rows, markdown)].join('\n')
}

function cells({ read, bytesRead, written, bytesWritten }) {
  return [counted(read, bytesRead), counted(written, bytesWritten)]
}

function counted(nodes, size) {
  return nodes === 0 ? '0' : `${nodes.toLocaleString('en')} (${bytes(size)})`
}
