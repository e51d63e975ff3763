import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { environment } from '../cli/support/in-process.js'
import { root } from './code-blocks.js'

it('the quick start ends well, and says what it found', { timeout: 180_000 }, () => {
  const script = join(root, 'examples', 'browser-compat', 'quick-start.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { ...environment, HOME: '/nonexistent' },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toContain('6.0.0.ndjson: 17,065 features')
  expect(stdout).toContain('7.2.1.ndjson: 19,133 features')
  expect(stdout).toContain('from 6.0.0 to 7.2.1: 2,250 added, 7,256 modified, 182 removed')
  expect(stdout).toMatch(/19,\d{3} records are as expected; both roots are [0-9a-f]{64}/)
})
