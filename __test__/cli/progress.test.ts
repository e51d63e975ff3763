import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Progress, progressLine } from '../../ts/cli/progress.js'
import { context } from './support/in-process.js'

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => vi.useRealTimers())

it('appears after half a second on a terminal, and is wiped', () => {
  const streams = context({ terminal: true })
  const progress = new Progress(streams, 'importing', 'records')
  progress.update(1024)
  vi.advanceTimersByTime(400)
  expect(String(streams.stderr)).toBe('')
  progress.update(1_234_567)
  vi.advanceTimersByTime(300)
  expect(String(streams.stderr)).toMatch(/^\r\u001b\[Kimporting: 1,234,567 records, 0\.\d s/)
  progress.done()
  expect(String(streams.stderr)).toMatch(/\r\u001b\[K$/)
  const before = String(streams.stderr)
  vi.advanceTimersByTime(1000)
  progress.done()
  expect(String(streams.stderr)).toBe(before)
})

it.each([
  ['standard error is no terminal', {}],
  ['in continuous integration', { terminal: true, env: { CI: 'true' } }],
  ['on a dumb terminal', { terminal: true, env: { TERM: 'dumb' } }],
])('says nothing when %s', (_, options) => {
  const streams = context(options)
  const progress = new Progress(streams, 'importing')
  vi.advanceTimersByTime(2000)
  progress.done()
  expect(String(streams.stderr)).toBe('')
})

it('says nothing when it is to be quiet', () => {
  const streams = context({ terminal: true })
  const progress = new Progress(streams, 'cloning', '', true)
  progress.tell({ stage: 'receiving objects', done: 1, total: 2 })
  vi.advanceTimersByTime(2000)
  progress.done()
  expect(String(streams.stderr)).toBe('')
})

it('draws what it is told of a stage in place of the label', () => {
  const streams = context({ terminal: true })
  streams.stderr.columns = 60
  const progress = new Progress(streams, 'cloning')
  vi.advanceTimersByTime(500)
  progress.tell({ stage: 'receiving objects', done: 9, total: 20 })
  vi.advanceTimersByTime(700)
  progress.tell({ stage: 'resolving deltas', done: 3 })
  vi.advanceTimersByTime(100)
  progress.done()
  const drawn = String(streams.stderr).split('\r\u001b[K')
  expect(drawn[1]).toBe('cloning: 0.5 s')
  expect(drawn[2]).toMatch(/^receiving objects: \[#+ +\] {2}45% \(9\/20\), 0\.\d s$/)
  expect(drawn.at(-2)).toBe('resolving deltas: 3, 1.3 s')
})

describe('a line', () => {
  const half = { stage: 'writing', done: 1000, total: 2000 }

  it.each([
    [{ stage: 'cloning', done: 0 }, '', 'cloning: 1.2 s'],
    [{ stage: 'merging keys', done: 12_288 }, '', 'merging keys: 12,288, 1.2 s'],
    [{ stage: 'importing', done: 0 }, 'records', 'importing: 0 records, 1.2 s'],
    [{ stage: 'packing', done: 0, total: 0 }, '', 'packing: 1.2 s'],
    [half, '', `writing: [${'#'.repeat(20)}${' '.repeat(20)}]  50% (1,000/2,000), 1.2 s`],
    [{ ...half, done: 2000 }, '', `writing: [${'#'.repeat(40)}] 100% (2,000/2,000), 1.2 s`],
    [{ ...half, done: 3000 }, '', `writing: [${'#'.repeat(40)}] 100% (3,000/2,000), 1.2 s`],
    [{ ...half, done: 1 }, '', `writing: [${' '.repeat(40)}]   0% (1/2,000), 1.2 s`],
  ])('of %j', (progress, unit, line) => {
    expect(progressLine(progress, unit, 1234, 120)).toBe(line)
  })

  it('has a bar as long as the terminal has room for, and is never as wide as that', () => {
    expect(progressLine(half, '', 1234, 48)).toBe('writing: [#####     ]  50% (1,000/2,000), 1.2 s')
    expect(progressLine(half, '', 1234, 42)).toBe('writing: 50% (1,000/2,000), 1.2 s')
    for (let columns = 1; columns < 120; columns++)
      expect(progressLine(half, '', 1234, columns).length).toBeLessThan(columns)
  })
})
