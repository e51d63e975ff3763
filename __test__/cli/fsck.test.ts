import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Shop } from './support/folder.js'
import { environment } from './support/in-process.js'

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, env: environment, encoding: 'utf8' }).trim()

async function written(): Promise<Shop> {
  const shop = await Shop.open()
  const lines = Array.from({ length: 5000 }, (_, index) =>
    JSON.stringify({ key: `key ${index}`, value: `${index}` }),
  )
  await shop.feed(lines.join('\n'), 'import', '-q')
  await shop.run('set', 'a', '1', '--namespace', 'flags')
  await shop.run('commit', '-q', '-m', 'One')
  await shop.run('checkout', '-q', '-b', 'feature')
  await shop.commit({ 'key 7': 'changed' }, 'Two')
  await shop.run('set', 'staged', '1')
  return shop
}

describe('fsck', () => {
  it('finds nothing in a whole store', async () => {
    const shop = await written()
    expect(await shop.try(['fsck'])).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^no faults found in 2 versions and \d+ nodes\n$/),
      bytes: Buffer.alloc(0),
    })
    expect((await shop.try(['fsck', '-q'])).stderr).toBe('')
    expect((await (await Shop.open()).try(['fsck'])).code).toBe(0)
  })

  it('names the branches that miss a part of their data', async () => {
    const shop = await written()
    await shop.run('reset', '-q')
    // As loose objects, so that one can be removed.
    const packs = join(shop.folder, '.git', 'objects', 'pack')
    const aside = join(shop.folder, 'aside')
    renameSync(packs, aside)
    for (const name of readdirSync(aside).filter((file) => file.endsWith('.pack'))) {
      execFileSync('git', ['unpack-objects', '-q'], {
        cwd: join(shop.folder, '.git'),
        env: environment,
        input: readFileSync(join(aside, name)),
      })
    }
    const leaf = git(shop.folder, 'ls-tree', '-r', '--format=%(objectname) %(path)', 'feature')
      .split('\n')
      .find((line) => /\/\d+$/.test(line))
    const id = leaf?.split(' ')[0] ?? ''
    rmSync(join(shop.folder, '.git', 'objects', id.slice(0, 2), id.slice(2)))
    const { code, stdout, stderr } = await shop.try(['fsck'])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^node [0-9a-f]{64} of commit [0-9a-f]{10}: it is missing from the git storage; get its objects again with "git fetch --refetch"/m,
    )
    expect(stdout).toMatch(/^git fsck: missing blob/m)
    expect(stderr).toMatch(/^error: \d+ faults found\n$/)
  })

  it('names a damaged journal, without which the store opens again', async () => {
    const shop = await written()
    const journal = join(shop.folder, '.git', 'prolly', 'worktrees', 'main', 'journal')
    const bytes = readFileSync(journal)
    // The first record after the header, which further ones follow.
    await shop.run('set', 'more', '1')
    const damaged = Buffer.concat([bytes, readFileSync(journal).subarray(bytes.length)])
    damaged[bytes.length - 3] = (damaged[bytes.length - 3] ?? 0) ^ 0xff
    writeFileSync(journal, damaged)
    const before = await shop.try(['list', '--count'])
    expect(before.code).toBe(128)
    expect(before.stderr).toContain('git-prolly fsck')
    const { code, stdout } = await shop.try(['fsck'])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^the journal .*: the record at byte \d+ was durable and is damaged; run .*--repair/,
    )
    const repaired = await shop.try(['fsck', '--repair'])
    expect(repaired.code).toBe(0)
    expect(repaired.stdout).toMatch(
      /^kept the \d+ records? of the journal .* before the damage; all of it is in /,
    )
    expect(await shop.run('list', '--count')).toBe('5001\n')
    expect(readdirSync(dirname(journal)).filter((name) => name.startsWith('journal.damaged-'))).toHaveLength(
      1,
    )
  })

  it('prints a report as JSON', async () => {
    const shop = await written()
    const { code, stdout } = await shop.try(['fsck', '--format', 'json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ versions: 2, nodes: expect.any(Number), faults: [], repaired: [] })
    writeFileSync(join(shop.folder, '.git', 'refs', 'heads', 'gone'), `${'1'.repeat(40)}\n`)
    const found = await shop.try(['fsck', '--format', 'json'])
    expect(found.code).toBe(1)
    expect(JSON.parse(found.stdout).faults[0]).toEqual({
      subject: 'refs/heads/gone',
      problem: `it names ${'1'.repeat(40)}, which is not there`,
      remedy: expect.any(String),
      repairable: false,
    })
  })
})
