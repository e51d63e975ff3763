// The processes of all contenders at one size and kind of values, and their taking turns.
import { fork } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { answer } from './answers.mjs'
import { settled } from './process.mjs'
import { Results } from './results.mjs'
import { targetRestsOn } from './targets.mjs'

const CHILD = join(import.meta.dirname, 'child.mjs')
/** From so many entries on, a load is not run once for nothing first: it is long enough to be optimized on the way. */
const MANY = 100_000
/** Whoever has spent so many milliseconds on tasks that take turns repeats them no more. */
const PATIENCE = 10_000

/**
 * Runs tasks with contenders.
 *
 * @param size - Entries of a store.
 * @param kind - The kind of values.
 * @param groups - Tasks that take turns.
 * @param contenders - Who takes part.
 * @param folder - Where their stores are.
 */
export async function run({ size, kind, groups, contenders, folder }) {
  const results = new Results(size, kind, contenders)
  const children = new Map(contenders.map(({ id }) => [id, start(id, results, folder)]))
  const pids = [...children.values()].map(({ pid }) => pid)
  try {
    for (const group of groups) await runGroup(group, children, pids, results)
  } finally {
    for (const child of children.values()) child.kill()
  }
  return results
}

/**
 * Runs tasks that take turns. Who is slow is run less often, and always all tasks of a group; not so who a target rests on.
 */
async function runGroup(group, children, pids, results) {
  const { size } = results
  const counts = (id) => group.some((task) => targetRestsOn(results, task.id, id))
  const repeats = Math.max(...group.map((task) => task.repeats(size)))
  const first = group[0].store === 'new' && size > MANY ? 1 : 0
  const spent = new Map()
  let present = [...children.keys()]
  for (let repeat = first; repeat <= repeats; repeat++) {
    const outcomes = []
    for (const task of group) {
      for (const id of rotated(present, repeat)) {
        await settled(pids)
        const outcome = await ask(children.get(id), { task: task.id, repeat })
        outcomes.push([task, id, outcome])
        spent.set(id, (spent.get(id) ?? 0) + (outcome.spent ?? 0))
      }
    }
    // The run for nothing is the only one of who has no time for another.
    const patient = (id) => counts(id) || spent.get(id) < PATIENCE
    for (const [task, id, outcome] of outcomes) {
      if (repeat > 0 || !patient(id)) results.add(task, id, outcome)
    }
    present = present.filter(patient)
    if (present.length === 0) break
  }
}

function start(id, { size, kind }, folder) {
  const own = join(folder, `${id}-${size}-${kind}`)
  mkdirSync(own)
  return fork(CHILD, [id, size, kind, own], { execArgv: ['--expose-gc'] })
}

/** Nobody is always the first, nor always behind the same one. */
function rotated(ids, repeat) {
  const first = repeat % ids.length
  return [...ids.slice(first), ...ids.slice(0, first)]
}

function ask(child, message) {
  child.send(message)
  return answer(child, message.task)
}
