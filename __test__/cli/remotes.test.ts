import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Shop, temporaryFolder } from './support/folder.js'
import { cli, environment, ok } from './support/in-process.js'

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, env: environment, encoding: 'utf8' })

/** A store with a commit, and a bare repository that it calls `origin`. */
async function published(): Promise<{ shop: Shop; remote: string }> {
  const shop = await Shop.open()
  const remote = join(temporaryFolder(), 'remote.git')
  git(shop.folder, 'init', '--quiet', '--bare', '--initial-branch', 'main', remote)
  git(shop.folder, 'remote', 'add', 'origin', remote)
  await shop.commit({ a: '1', b: '1' }, 'One')
  expect((await shop.try(['push'])).stderr).toBe('Pushed main to origin\n')
  return { shop, remote }
}

async function cloned(remote: string): Promise<Shop> {
  const folder = join(temporaryFolder(), 'copy')
  await ok(['clone', '-q', pathToFileURL(remote).href, folder])
  return Shop.at(folder)
}

describe('clone', () => {
  it('gives every entry and equal roots', async () => {
    const { shop, remote } = await published()
    const copy = await cloned(remote)
    expect(await copy.run('list')).toBe(await shop.run('list'))
    expect(await copy.root()).toBe(await shop.root())
    expect(await copy.run('branch', '-a')).toMatch(/^\* main\n {2}origin\/main\n/)
  })

  it('names the folder after the address', async () => {
    const { remote } = await published()
    const folder = temporaryFolder()
    const { code, stderr } = await cli(['clone', remote], { cwd: folder })
    expect(code).toBe(0)
    expect(stderr).toBe(`Cloned into ${folder}/remote, on branch main\n`)
    expect(await Shop.at(join(folder, 'remote')).run('get', 'a')).toBe('1\n')
  })

  it('fails with what Git says', async () => {
    const folder = temporaryFolder()
    const { code, stderr } = await cli(['clone', join(folder, 'nothing'), 'copy'], { cwd: folder })
    expect(code).toBe(128)
    expect(stderr).toMatch(/^fatal: .*\n/)
  })
})

describe('push and pull', () => {
  it('carry commits both ways', async () => {
    const { shop, remote } = await published()
    const copy = await cloned(remote)
    await copy.commit({ a: '2' }, 'Two')
    await copy.run('push', '-q')
    expect(await shop.run('pull')).toMatch(/^Fast-forwarded to/)
    expect(await shop.run('get', 'a')).toBe('2\n')
    expect(await shop.run('pull', 'origin', 'main')).toBe('Already up to date.\n')
  })

  it('merge what happened on both sides', async () => {
    const { shop, remote } = await published()
    const copy = await cloned(remote)
    await copy.commit({ a: 'theirs', b: 'theirs' }, 'Theirs')
    await copy.run('push', '-q', 'origin', 'main')
    await shop.commit({ a: 'ours', c: 'ours' }, 'Ours')
    const rejected = await shop.try(['push'])
    expect(rejected.code).toBe(1)
    expect(rejected.stderr).toMatch(/^error: origin refused .*\(PROLLY_CONFLICT\)\n/)
    const { code, stdout } = await shop.try(['pull'])
    expect([code, stdout]).toEqual([1, 'both modified\ta\n'])
    expect(await shop.run('pull', '--strategy', 'take-source')).toMatch(/^Merged in commit/)
    await shop.run('push', '-q')
    await copy.run('pull')
    expect(await copy.run('list')).toBe('a\ttheirs\nb\ttheirs\nc\tours\n')
    expect(await copy.root()).toBe(await shop.root())
  })

  it('overwrite only when told', async () => {
    const { shop, remote } = await published()
    const copy = await cloned(remote)
    await copy.commit({ a: '2' }, 'Two')
    await copy.run('push', '-q')
    await shop.commit({ a: '3' }, 'Three')
    expect((await shop.try(['push'])).code).toBe(1)
    // Whoever forces has to have seen what goes.
    expect((await shop.try(['push', '--force'])).code).toBe(1)
    git(shop.folder, 'fetch', '--quiet', 'origin')
    await shop.run('push', '-q', '--force')
    expect(git(remote, 'log', '-1', '--format=%s', 'main')).toBe('Three\n')
  })

  it('see the path of a remote from the folder of the store, wherever they are called', async () => {
    const folder = temporaryFolder()
    const shop = await Shop.open(join(folder, 'shop'))
    git(folder, 'init', '--quiet', '--bare', '--initial-branch', 'main', 'remote.git')
    git(shop.folder, 'remote', 'add', 'origin', '../remote.git')
    await shop.commit({ a: '1' }, 'One')
    await shop.run('worktree', 'add', '../deep/down/tree')
    const at = (cwd: string, ...args: string[]) => cli(args, { cwd })
    expect(await at(folder, '-C', 'shop', 'push')).toMatchObject({ code: 0 })
    expect(await at('/', '--git-dir', join(shop.folder, '.git'), 'pull')).toMatchObject({ code: 0 })
    expect(await at(join(folder, 'deep', 'down', 'tree'), 'pull', 'origin', 'main')).toMatchObject({
      code: 0,
    })
    // One that is given is seen from the folder that the command works in.
    expect(await at(folder, '-C', 'deep/down/tree', 'push', '../../../remote.git', 'tree')).toMatchObject({
      code: 0,
    })
    expect(git(join(folder, 'remote.git'), 'branch', '--format=%(refname:short)')).toBe('main\ntree\n')
  })

  it('get what such a remote keeps beside Git', async () => {
    const folder = temporaryFolder()
    await ok(['init', '-q', '-b', 'main', '--storage', 'file', 'there'], { cwd: folder })
    const there = Shop.at(join(folder, 'there'))
    await there.commit({ a: '1' }, 'One')
    await ok(['clone', '-q', 'there', 'here'], { cwd: folder })
    const here = Shop.at(join(folder, 'here'))
    git(here.folder, 'remote', 'set-url', 'origin', '../there')
    await there.commit({ a: '2' }, 'Two')
    expect(await cli(['-C', 'here', 'pull'], { cwd: folder })).toMatchObject({ code: 0 })
    expect(await here.run('get', 'a')).toBe('2\n')
  })

  it('refuse to pull over staged changes', async () => {
    const { shop } = await published()
    await shop.run('set', 'a', '9')
    const { code, stderr } = await shop.try(['pull'])
    expect(code).toBe(128)
    expect(stderr).toContain('PROLLY_STAGED_CHANGES')
  })
})
