// The process of one contender: node --expose-gc child.mjs <contender> <size> <kind> <folder>. It answers messages
// `{ task, repeat }` with what the task took.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { contender } from './contenders/index.mjs'
import { Data, Seen } from './data.mjs'
import { bytesWritten, folderSize, forgetPeak, peakMemory } from './process.mjs'
import { TASKS } from './tasks.mjs'

const [id, size, kind, folder] = process.argv.slice(2)
const participant = await contender(id)
const data = new Data(Number(size), kind)
const shared = join(folder, 'shared')
const scratch = join(folder, 'scratch')
/** The number of the call that only warms up. */
const WARM_UP = 9999
/** Gets of a store that was just loaded: so many that nearly every node or page is read. */
const WARM_GETS = 100_000
let store
let entries
/** Whether all edits before durable commits are on the disk. */
let settled = false

process.on('message', async ({ task, repeat }) => {
  try {
    process.send(await measure(TASKS.get(task), repeat))
  } catch (error) {
    process.send({ error: `${participant.name}, ${task}: ${error.stack}` })
  }
})

/** Runs a task once. */
async function measure(task, repeat) {
  if (task.store === 'reopened' && participant.inMemory) return { reason: 'in memory' }
  if (task.method === 'commit' && participant.inMemory) return { reason: 'in memory' }
  const target = await storeFor(task)
  if (target[task.method] === undefined) return {}
  await settleEdits(task, target)
  const begun = performance.now()
  const { calls = 1 } = task
  const call = (number) => inItsForm(task.input(data, number))
  const inputs = Array.from({ length: calls }, (_, index) => call(repeat * calls + index))
  const seen = new Seen(data.isJson)
  const run = (input, look) => (input ? target[task.method](input, look) : target[task.method](look))
  // What was left behind is collected before, and not while somebody else's work is timed.
  globalThis.gc()
  if (task.warm) await run(call(WARM_UP), () => undefined)
  const taken = await timed(async () => {
    for (const input of inputs) await run(input, (value) => seen.look(value))
  })
  check(task, seen)
  entries += (task.added ?? 0) * calls
  if (task.store === 'new') {
    await target.close()
    if (!participant.inMemory) taken.size = folderSize(scratch)
    rmSync(scratch, { recursive: true, force: true })
  }
  // With all that was done around it: to make input and to collect garbage may take longer than the work.
  return { ...taken, spent: performance.now() - begun }
}

/** Edits before the first commit did not wait for the disk. Whoever still has to is not timed with it. */
async function settleEdits({ method }, target) {
  if (method !== 'commit' || settled) return
  await target.commit(inItsForm(data.updates(1, WARM_UP)))
  settled = true
}

async function timed(work) {
  forgetPeak()
  const written = bytesWritten()
  const start = process.hrtime.bigint()
  await work()
  const nanoseconds = Number(process.hrtime.bigint() - start)
  return { nanoseconds, written: bytesWritten() - written, memory: peakMemory() }
}

async function storeFor({ store: which }) {
  if (which === 'new') return participant.open(scratch, data.isJson)
  if (store === undefined) {
    store = await participant.open(shared, data.isJson)
    await store.load(inItsForm(data.sorted()))
    // Caches are filled: reads and changes are of a store in use, but where the task says otherwise.
    await store.get(inItsForm(data.present(Math.min(data.size, WARM_GETS), WARM_UP)), () => undefined)
    entries = data.size
  } else if (which === 'reopened') {
    await store.close()
    store = await participant.open(shared, data.isJson)
  }
  return store
}

/** Keys and entries with keys as the contender takes them. */
function inItsForm(input) {
  const { key: form } = participant
  if (form === undefined || input === undefined) return input
  return input.map((each) => (Array.isArray(each) ? [form(each[0]), each[1]] : form(each)))
}

function check(task, seen) {
  const expected = task.id === 'scan' ? entries : (task.reads?.(data.size) ?? 0)
  if (seen.count !== expected) throw new Error(`read ${seen.count} values instead of ${expected}`)
  if (!data.isJson && seen.length !== expected * data.valueBytes) throw new Error(`read ${seen.length} bytes`)
}
