// What this project wants to reach, and what it does.
import { ratio, table } from './table.mjs'
import { TASKS } from './tasks.mjs'

/** The size that targets are for. */
export const TARGETS_SIZE = 1_000_000

const [memory, rocksdb] = ['prollytree-memory', 'prollytree-rocksdb']

/**
 * Each compares a task of ours with one of a peer. `atLeast`: how many times as fast as the peer; `atMost`: how many times
 * as long it may take.
 */
const TARGETS = [
  { kind: 'bytes-64', ours: ['get', memory], peer: ['get', 'lmdb'], atLeast: 0.8 },
  { kind: 'bytes-64', ours: ['get', memory], peer: ['get', 'classic-level'], atLeast: 20 },
  { kind: 'bytes-100', ours: ['get-many', memory], peer: ['get', 'lmdb'], atLeast: 1.5 },
  { kind: 'bytes-100', ours: ['get-many', memory], peer: ['get-many', 'lmdb'] },
  { kind: 'bytes-100', ours: ['scan', memory], peer: ['scan', 'lmdb'], atLeast: 1.5 },
  { kind: 'bytes-100', ours: ['load-unsorted', rocksdb], peer: ['load-unsorted', 'lmdb'], atLeast: 1.5 },
  { kind: 'bytes-100', ours: ['load-sorted', rocksdb], peer: ['load-sorted', 'lmdb'], atLeast: 1.5 },
  {
    kind: 'bytes-100',
    ours: ['load-unsorted', rocksdb],
    peer: ['load-unsorted', 'classic-level'],
    atLeast: 2,
  },
  { kind: 'bytes-100', ours: ['load-sorted', rocksdb], peer: ['load-sorted', 'classic-level'], atLeast: 2 },
  { kind: 'bytes-100', ours: ['durable-1', rocksdb], peer: ['durable-1', 'better-sqlite3'], atMost: 2 },
  {
    kind: 'bytes-100',
    ours: ['durable-1000', rocksdb],
    peer: ['durable-1000', 'better-sqlite3'],
    atMost: 1.5,
  },
]

/** What must be run beside the tables for a target: gets of values of 64 bytes. */
export const EXTRA = { kind: 'bytes-64', tasks: ['get'], contenders: [memory, 'lmdb', 'classic-level'] }

/** Whether what is measured of a task and a contender is half of a target. */
export function targetRestsOn({ size, kind }, task, contender) {
  const isIt = ([id, who]) => id === task && who === contender
  const rests = (target) => target.kind === kind && (isIt(target.ours) || isIt(target.peer))
  return size === TARGETS_SIZE && TARGETS.some(rests)
}

/**
 * The targets and what was measured.
 *
 * @param sessions - The results of all sessions.
 */
export function targetsTable(sessions, markdown) {
  const rows = TARGETS.map((target) => row(target, sessions)).filter(Boolean)
  if (rows.length === 0) return ''
  const heading = ['target', 'wanted', 'measured', 'reached']
  const title = `Targets, at ${TARGETS_SIZE.toLocaleString('en')} entries`
  return ['', title, '', ...table(heading, rows, markdown)].join('\n')
}

function row({ kind, ours, peer, atLeast, atMost }, sessions) {
  const results = sessions.find((session) => session.size === TARGETS_SIZE && session.kind === kind)
  const time = ([task, id]) => results?.time(TASKS.get(task), id)
  const [own, other] = [time(ours), time(peer)]
  if (own === undefined || other === undefined) return undefined
  const name = (id) => results.contenders.find((contender) => contender.id === id).name
  const size = kind === 'bytes-64' ? ', 64-byte values' : ''
  const peerTask = peer[0] === ours[0] ? '' : `, ${TASKS.get(peer[0]).title}`
  const title = `${TASKS.get(ours[0]).title}${size}: ${name(ours[1])} : ${name(peer[1])}${peerTask}`
  if (atMost !== undefined) {
    return [title, `time <= ${ratio(atMost)}`, ratio(own / other), reached(own / other <= atMost)]
  }
  const speed = other / own
  if (atLeast === undefined) return [title, '', ratio(speed), '']
  return [title, `speed >= ${ratio(atLeast)}`, ratio(speed), reached(speed >= atLeast)]
}

function reached(is) {
  return is ? 'yes' : 'no'
}
