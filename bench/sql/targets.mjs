// What SQL over this project's tree is to reach, and what it does.
import { nanoseconds, ratio, table } from '../node/table.mjs'
import { FLAT } from './lines.mjs'

const GLUE = (contender) => contender.id.startsWith('gluesql-')
const OURS = (contender) => contender.isOurs
const SQLITE = (contender) => contender.id === 'better-sqlite3'

/** Lines that may take so many times as long as SQLite takes. */
const WITHIN = { 'select-key': 3, 'select-range': 3 }
/** Nanoseconds that what only versions can do may take. */
const AT_MOST = { diff: 20e6, merge: 200e6 }
/** An update of a large table may take so many times as long as one of a small table, in the same storage. */
const FLAT_WITHIN = 2

/**
 * The targets and what was measured, of every storage of ours the slowest.
 *
 * @param results - Those at the size that was asked for.
 * @param few - Those of a small table, of ours alone; `undefined` when there are none.
 */
export function targetsTable(results, few, lines, markdown) {
  const rows = [
    ...lines
      .filter(({ onlyOurs }) => !onlyOurs)
      .flatMap((line) => [faster(results, line), within(results, line)]),
    ...flat(results, few),
    ...lines.flatMap((line) => atMost(results, line)),
  ].filter(Boolean)
  if (rows.length === 0) return ''
  const title = `Targets, at ${results.rows.toLocaleString('en')} rows`
  return ['', title, '', ...table(['target', 'wanted', 'measured', ''], rows, markdown)].join('\n')
}

/** Ours in memory against all storages of GlueSQL, ours on a disk against those on a disk: the nearest pair counts. */
function faster(results, line) {
  const pairs = results.contenders.filter(OURS).flatMap((own) =>
    results.contenders
      .filter((peer) => GLUE(peer) && (peer.isOnDisk || !own.isOnDisk))
      .map((peer) => ({ own, peer, speed: results.time(line, peer) / results.time(line, own) }))
      .filter(({ speed }) => speed > 0),
  )
  if (pairs.length === 0) return undefined
  const { own, peer, speed } = pairs.reduce((one, other) => (other.speed < one.speed ? other : one))
  const title = `${line.title}: every storage of GlueSQL`
  return [title, 'speed > 1x', `${ratio(speed)} (${own.name} : ${peer.name})`, met(speed > 1)]
}

function within(results, line) {
  const most = WITHIN[line.id]
  const sqlite = results.contenders.find(SQLITE)
  if (most === undefined || sqlite === undefined) return undefined
  const [{ name, time } = {}] = ours(results, line)
  const times = time / results.time(line, sqlite)
  if (!(times > 0)) return undefined
  return [
    `${line.title}: better-sqlite3`,
    `time <= ${ratio(most)}`,
    `${ratio(times)} (${name})`,
    met(times <= most),
  ]
}

function flat(results, few) {
  return ours(results, FLAT).flatMap(({ contender, name, time }) => {
    const before = few?.time(
      FLAT,
      few.contenders.find(({ id }) => id === contender.id),
    )
    if (!(before > 0)) return []
    const title = `${FLAT.title}, ${few.rows.toLocaleString('en')} rows: ${name}`
    return [[title, `time <= ${ratio(FLAT_WITHIN)}`, ratio(time / before), met(time / before <= FLAT_WITHIN)]]
  })
}

function atMost(results, line) {
  const most = AT_MOST[line.id]
  const [slowest] = ours(results, line)
  if (most === undefined || slowest === undefined) return []
  const { name, time } = slowest
  return [[line.title, `<= ${nanoseconds(most)}`, `${nanoseconds(time)} (${name})`, met(time <= most)]]
}

/** The times of ours, the slowest first. */
function ours(results, line) {
  return results.contenders
    .filter(OURS)
    .map((contender) => ({ contender, name: contender.name, time: results.time(line, contender) }))
    .filter(({ time }) => time > 0)
    .toSorted((one, other) => other.time - one.time)
}

function met(is) {
  return is ? 'met' : 'not met'
}
