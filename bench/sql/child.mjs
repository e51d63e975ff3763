// The process of a contender in JavaScript: node --expose-gc child.mjs <contender> <folder>. It reads requests as lines of
// JSON and answers each with one: see contenders/index.mjs.
import { createInterface } from 'node:readline'

const [id, folder] = process.argv.slice(2)
const contender = await import(`./contenders/${id}.mjs`)
let database

const HANDLERS = {
  open: async () => {
    database = await contender.open(folder)
    return {}
  },
  run: async ({ sql }) => {
    await database.run(sql)
    return {}
  },
  load: async ({ table, rows }) => {
    await database.load(table, rows)
    return {}
  },
  ready: async () => {
    await database.ready?.()
    return {}
  },
  query: ({ sql, parameters, take, budget }) => timed(parameters, budget, database.prepare(sql, take)),
  change: ({ sql, parameters, budget }) => timed(parameters, budget, database.prepare(sql)),
  insert: ({ table, transactions, budget }) => timed(transactions, budget, database.insert(table)),
  diff: async ({ changes, budget }) => timed([undefined], budget, await database.diff(changes)),
  merge: async ({ ours, theirs, budget }) => {
    const answer = await timed([undefined], budget, await database.merge(ours, theirs))
    await database.merged()
    return answer
  },
}

/** Runs operations one after the other for as long as the budget lasts. */
async function timed(inputs, budget, operation) {
  // What was left behind is collected before, and not while somebody's work is timed.
  globalThis.gc()
  const answers = []
  const start = performance.now()
  let end = start
  for (const input of inputs) {
    const answer = operation(input)
    answers.push(answer instanceof Promise ? await answer : answer)
    end = performance.now()
    if (end - start > budget) break
  }
  return { nanoseconds: Math.round((end - start) * 1e6), done: answers.length, answers }
}

async function answered({ do: what, ...request }) {
  try {
    return await HANDLERS[what](request)
  } catch (error) {
    return { error: error.stack }
  }
}

// One of them greets on standard output.
console.log = console.error
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answered(JSON.parse(line)))}\n`)
}
