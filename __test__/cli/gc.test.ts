import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { ageOf } from '../../ts/cli/ages.js'
import { inBytes } from '../../ts/cli/bytes.js'
import { Shop } from './support/folder.js'
import { environment } from './support/in-process.js'

/** A store with a commit that nothing reaches. */
async function wasteful(storage: string): Promise<{ shop: Shop; lost: string }> {
  const shop = await Shop.open(undefined, '--storage', storage)
  await shop.commit({ kept: '1' }, 'Kept')
  await shop.run('checkout', '-q', '-b', 'lost')
  await shop.commit({ lost: 'x'.repeat(5000) }, 'Lost')
  const lost = (await shop.run('log', '--format', 'json', '-n', '1')).trim()
  await shop.run('checkout', '-q', 'main')
  await shop.run('branch', '-D', 'lost')
  const expire = ['reflog', 'expire', '--expire=now', '--expire-unreachable=now', '--all']
  execFileSync('git', expire, { cwd: shop.folder, env: environment })
  return { shop, lost: (JSON.parse(lost) as { id: string }).id }
}

describe.each(['git', 'file', 'rocksdb'])('gc over %s', (storage) => {
  it('says what would go, and removes it', async () => {
    const { shop, lost } = await wasteful(storage)
    const dry = await shop.run('gc', '--dry-run', '--prune=now')
    expect(dry).toMatch(/^would remove \d+ objects, [\d.]+ (KiB|bytes); \d+ stay\n$/)
    expect((await shop.try(['show', lost])).code).toBe(0)
    const done = await shop.run('gc', '--prune=now')
    expect(done).toMatch(/^removed \d+ objects, .*; \d+ stay; [\d.]+ \w+ before, [\d.]+ \w+ now\n$/)
    expect((await shop.try(['show', lost])).code).toBe(128)
    expect(await shop.run('get', 'kept')).toBe('1\n')
    const again: unknown = JSON.parse(await shop.run('gc', '--prune=now', '--format', 'json'))
    expect(again).toMatchObject({ garbage: 0, garbageBytes: 0 })
    expect(await shop.run('gc', '--quiet')).toBe('')
    expect((await shop.try(['fsck'])).code).toBe(0)
  })
})

describe('gc', () => {
  it('keeps what is young, and what a reflog names', async () => {
    const { shop, lost } = await wasteful('git')
    await shop.commit({ away: '2' }, 'Moved away from')
    await shop.run('reset', '--hard', 'HEAD~1')
    expect(await shop.run('gc')).toMatch(/^removed 0 objects/)
    expect((await shop.try(['show', lost])).code).toBe(0)
    await shop.run('gc', '--prune=now', '-q')
    await shop.run('reset', '--hard', 'HEAD@{1}')
    expect(await shop.run('get', 'away')).toBe('2\n')
  })

  it('refuses an age that is none', async () => {
    const shop = await Shop.open()
    const { code, stderr } = await shop.try(['gc', '--prune=yesterdayish'])
    expect(code).toBe(2)
    expect(stderr).toContain('2.weeks.ago')
  })
})

describe('ages and sizes', () => {
  it.each([
    ['now', 0],
    ['2.weeks.ago', 14 * 86_400_000],
    ['3 days ago', 3 * 86_400_000],
    ['1.hour', 3_600_000],
    ['2026-11-22', 86_400_000],
    ['2026-11-22T23:59:59Z', 1000],
    ['2027-01-01', 0],
  ])('%s', (text, age) => {
    expect(ageOf('--prune', text, Date.parse('2026-11-23T00:00:00Z'))).toBe(age)
  })

  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [1536 * 1024, '1.5 MiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
  ])('%d bytes', (bytes, text) => {
    expect(inBytes(bytes)).toBe(text)
  })
})
