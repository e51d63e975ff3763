import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Progress } from '../../ts/cli/progress.js'
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
