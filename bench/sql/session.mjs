// All contenders with tables of one size, and their taking turns.
import { join } from 'node:path'
import { settled } from '../node/process.mjs'
import { Data, INDEX, TABLES } from './data.mjs'
import { Participant } from './participant.mjs'
import { Results } from './results.mjs'

/** How often a line is timed; the median counts. */
const REPEATS = 5
/** Whoever takes longer than so many times the patience to load the tables takes no part. */
const LOADING = 60

/**
 * Runs lines with contenders.
 *
 * @param rows - Rows of each large table.
 * @param lines - What is timed.
 * @param contenders - Who takes part.
 * @param folder - Where their files are.
 * @param patience - Whoever has spent so many milliseconds on a line neither goes on with it nor repeats it.
 */
export async function run({ rows, lines, contenders, folder, patience }) {
  const data = new Data(rows)
  const results = new Results(rows, contenders)
  const all = contenders.map(
    (contender) => new Participant(contender, join(folder, `${contender.id}-${rows}`)),
  )
  try {
    await load(all, data, patience * LOADING)
    for (const { contender, fault } of all) if (fault) results.leaveOut(contender, fault)
    const present = all.filter(({ fault }) => fault === undefined)
    for (const line of lines) await time(line, present, { data, results, patience })
  } finally {
    for (const participant of all) participant.end()
  }
  return results
}

/** Makes the tables. Each chunk of rows is made once, for all of them. */
async function load(participants, data, limit) {
  const all = async (request, wanted = () => true) => {
    for (const participant of participants) {
      if (participant.fault !== undefined || !wanted(participant.contender)) continue
      const begun = performance.now()
      await participant.ask(request).catch((error) => (participant.fault = error.message.split('\n', 1)[0]))
      participant.loading += performance.now() - begun
      if (participant.loading > limit) participant.fault ??= `had not loaded in ${Math.round(limit / 1000)} s`
    }
  }
  await all({ do: 'open' })
  for (const sql of TABLES) await all({ do: 'run', sql })
  for (const table of ['items', 'uniques', 'orders']) {
    for (const rows of data.chunks(table)) await all({ do: 'load', table, rows })
  }
  await all({ do: 'run', sql: INDEX }, ({ hasNoIndexes }) => !hasNoIndexes)
  await all({ do: 'ready' })
}

/** Runs a line: contenders take turns, and whoever is slow repeats it less often. */
async function time(line, participants, { data, results, patience }) {
  let present = participants.filter(({ contender }) => contender.isOurs || !line.onlyOurs)
  const pids = participants.map(({ pid }) => pid)
  const spent = new Map(present.map((participant) => [participant, 0]))
  for (let repeat = 0; repeat <= REPEATS && present.length > 0; repeat++) {
    const request = line.request(data, repeat)
    const answers = []
    for (const participant of rotated(present, repeat)) {
      await settled(pids)
      const answer = await participant.ask({ ...request, budget: patience - spent.get(participant) })
      spent.set(participant, spent.get(participant) + answer.nanoseconds / 1e6)
      // The first time only warms up, unless there is no time for another.
      if (repeat > 0 || spent.get(participant) >= patience)
        results.add(line, participant.contender, answer, operations(request))
      answers.push([participant, answer.answers])
    }
    agree(line, answers)
    if (line.check) await check(line, line.check(request), present)
    present = present.filter((participant) => spent.get(participant) < patience)
  }
}

/** How many operations are asked for. */
function operations({ parameters, transactions }) {
  return (parameters ?? transactions)?.length ?? 1
}

/** Asks all who have changed rows for one of them. */
async function check(line, question, participants) {
  const answers = []
  for (const participant of participants) {
    answers.push([participant, (await participant.ask({ ...question, budget: 1 })).answers])
  }
  agree(line, answers)
}

/** A benchmark of different answers is worth nothing. Whoever had no time for all operations is compared in those it did. */
function agree({ title }, answers) {
  const longest = answers.reduce((one, other) => (other[1].length > one[1].length ? other : one))
  for (const [participant, own] of answers) {
    const at = own.findIndex((answer, index) => answer !== longest[1][index])
    if (at < 0) continue
    const [one, other] = [participant, longest[0]].map(({ contender }) => contender.name)
    throw new Error(`${title}, operation ${at}: ${one} answers ${own[at]}, ${other} ${longest[1][at]}`)
  }
}

/** Nobody is always the first, nor always behind the same one. */
function rotated(participants, repeat) {
  const first = repeat % participants.length
  return [...participants.slice(first), ...participants.slice(0, first)]
}
