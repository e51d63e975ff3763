import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Shop } from './support/folder.js'
import { environment, ok } from './support/in-process.js'

const KEYS = 50_000

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** A hash of all that a store holds, as the command prints it. */
async function contents(shop: Shop): Promise<string> {
  return createHash('sha256')
    .update(await shop.run('list', '--format', 'json'))
    .digest('hex')
}

/**
 * The stock `git` program on a store with many keys, long values among them, and two branches that were merged. The
 * tests run in their order, each on what the ones before it left.
 */
describe('the stock git program', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'prollytree-git-')))
  const remote = join(folder, 'remote.git')
  const copyTo = (name: string) => join(folder, name)
  let shop: Shop
  let expected: string
  let root: string

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  beforeAll(async () => {
    shop = await Shop.open(copyTo('store'))
    const lines = Array.from({ length: KEYS }, (_, index) => {
      // One value in a thousand lives out of line, the longest in chunks.
      const size = index % 10_000 === 0 ? 200_000 : index % 1000 === 0 ? 5000 : 40
      const noise = createHash('sha256').update(String(index)).digest('base64')
      return JSON.stringify({ key: `key ${index}`, value: noise.repeat(Math.ceil(size / noise.length)) })
    })
    await shop.feed(lines.join('\n'), 'import', '-q')
    await shop.run('commit', '-q', '-m', 'Everything')
    await shop.run('checkout', '-q', '-b', 'feature')
    await shop.commit({ 'key 17': 'theirs', 'new key': 'theirs' }, 'Theirs')
    await shop.run('checkout', '-q', 'main')
    await shop.commit({ 'key 49999': 'ours' }, 'Ours')
    await shop.run('merge', 'feature')
    expected = await contents(shop)
    root = await shop.root()
  }, 120_000)

  const isWhole = async (copy: Shop) => {
    expect(await copy.run('list', '--count')).toBe(`${KEYS + 1}\n`)
    expect(await contents(copy)).toBe(expected)
    expect(await copy.root()).toBe(root)
  }

  it('finds no fault', { timeout: 60_000 }, () => {
    git(shop.folder, 'fsck', '--strict', '--no-progress')
  })

  it('shows the history', async () => {
    expect(git(shop.folder, 'log', '--format=%s')).toMatch(
      /^Merge .*feature.*\n(Ours\nTheirs|Theirs\nOurs)\nEverything\n$/,
    )
    expect(git(shop.folder, 'rev-parse', 'HEAD').trim()).toBe(
      (JSON.parse(await shop.run('log', '-n', '1', '--format', 'json')) as { id: string }).id,
    )
    expect(git(shop.folder, 'branch', '--format=%(refname:short)')).toBe('feature\nmain\n')
    expect(git(shop.folder, 'log', '-1', '--format=%(trailers:key=Prolly-Root,valueonly)').trim()).toBe(root)
  })

  it('makes tags and branches that the command knows', async () => {
    git(shop.folder, 'tag', 'v1.0', 'main~1')
    git(shop.folder, 'branch', 'by-git', 'feature')
    expect(await shop.run('get', 'key 17', '--at', 'by-git')).toBe('theirs\n')
    expect(await shop.run('log', '--oneline', '-n', '1', 'v1.0')).toContain('tag: v1.0')
  })

  it('collects garbage and loses nothing', { timeout: 60_000 }, async () => {
    git(shop.folder, 'gc', '--quiet', '--prune=now')
    git(shop.folder, 'fsck', '--strict', '--no-progress')
    await isWhole(shop)
  })

  it('pushes to a repository that checks every object', { timeout: 60_000 }, async () => {
    git(folder, 'init', '--quiet', '--bare', '--initial-branch', 'main', remote)
    git(remote, 'config', 'receive.fsckObjects', 'true')
    git(shop.folder, 'push', '--quiet', remote, 'main', 'feature', '--tags')
    git(remote, 'fsck', '--strict', '--no-progress')
  })

  it('clones', { timeout: 60_000 }, async () => {
    git(folder, 'clone', '--quiet', pathToFileURL(remote).href, copyTo('clone'))
    const copy = Shop.at(copyTo('clone'))
    await isWhole(copy)
    expect(await copy.run('diff', 'origin/feature', 'v1.0', '--stat')).toBe(
      '3 keys changed: 0 added, 2 modified, 1 removed\n',
    )
  })

  it('clones bare, shallow and from a bundle', { timeout: 120_000 }, async () => {
    git(folder, 'clone', '--quiet', '--bare', remote, copyTo('bare.git'))
    await isWhole(Shop.at(copyTo('bare.git')))
    git(folder, 'clone', '--quiet', '--depth', '1', pathToFileURL(remote).href, copyTo('shallow'))
    await isWhole(Shop.at(copyTo('shallow')))
    git(shop.folder, 'bundle', 'create', '--quiet', copyTo('all.bundle'), '--all')
    git(folder, 'clone', '--quiet', '--branch', 'main', copyTo('all.bundle'), copyTo('unbundled'))
    await isWhole(Shop.at(copyTo('unbundled')))
  })

  it('leaves a clone that the command can write to, and takes it back', { timeout: 60_000 }, async () => {
    const copy = Shop.at(copyTo('clone'))
    await copy.commit({ 'key 3': 'from the clone' }, 'From the clone')
    expect(git(copy.folder, 'config', 'core.bare').trim()).toBe('true')
    git(copy.folder, 'fsck', '--strict', '--no-progress')
    git(copy.folder, 'push', '--quiet', 'origin', 'main')
    git(shop.folder, 'fetch', '--quiet', remote, 'main')
    await ok(['merge', 'FETCH_HEAD', '--ff-only'], { cwd: shop.folder })
    expect(await shop.run('get', 'key 3')).toBe('from the clone\n')
  })

  it('cannot empty the store with a stray commit', () => {
    expect(() => git(shop.folder, 'commit', '--allow-empty', '-a', '-m', 'stray')).toThrow(/work tree/)
  })
})
