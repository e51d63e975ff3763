import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Shop, temporaryFolder } from './support/folder.js'
import { cli, environment } from './support/in-process.js'

async function shop(value: string): Promise<Shop> {
  const made = await Shop.open()
  await made.commit({ whose: value })
  return made
}

describe('which store is meant', () => {
  it('is the one upwards from the folder, or from -C, each relative to the one before', async () => {
    const { folder } = await shop('upwards')
    mkdirSync(join(folder, 'deep', 'down'), { recursive: true })
    const get = async (args: string[], cwd: string) => (await cli([...args, 'get', 'whose'], { cwd })).stdout
    expect(await get([], join(folder, 'deep', 'down'))).toBe('upwards\n')
    expect(await get(['-C', folder], '/')).toBe('upwards\n')
    expect(await get(['-C', join(folder, 'deep'), '-C', 'down', '-C', '..'], '/')).toBe('upwards\n')
  })

  it('is the one of GIT_DIR, wherever the folder is', async () => {
    const [one, other] = [await shop('one'), await shop('other')]
    const get = async (env: Record<string, string>, cwd: string, ...args: string[]) =>
      (await cli([...args, 'get', 'whose'], { cwd, env })).stdout
    expect(await get({ GIT_DIR: join(one.folder, '.git') }, '/')).toBe('one\n')
    expect(await get({ GIT_DIR: join(one.folder, '.git') }, other.folder)).toBe('one\n')
    expect(await get({ GIT_DIR: '.git' }, one.folder)).toBe('one\n')
    expect(await get({ GIT_DIR: '.git' }, '/', '-C', one.folder), 'relative to -C, as in Git').toBe('one\n')
    expect(
      await get({ GIT_DIR: join(one.folder, '.git') }, '/', '--git-dir', join(other.folder, '.git')),
    ).toBe('other\n')
  })

  it('is an error that names the place, when nothing is there', async () => {
    const empty = temporaryFolder()
    for (const [args, env] of [
      [[], {}],
      [['-C', empty], {}],
      [['--git-dir', join(empty, '.git')], {}],
      [[], { GIT_DIR: join(empty, '.git') }],
    ] as [string[], Record<string, string>][]) {
      const { code, stderr } = await cli([...args, 'get', 'whose'], { cwd: empty, env })
      expect(code).toBe(128)
      expect(stderr).toMatch(/^fatal: there is no store "/)
      expect(stderr).toContain(empty)
      expect(stderr).toContain('git-prolly init')
    }
  })

  it('is checked and moved by the same rules', async () => {
    const one = await shop('one')
    const env = { GIT_DIR: join(one.folder, '.git') }
    expect((await cli(['fsck'], { cwd: '/', env })).code).toBe(0)
    expect((await cli(['gc', '-q'], { cwd: '/', env })).code).toBe(0)
    expect((await cli(['migrate', '-q', '--storage', 'file'], { cwd: '/', env })).code).toBe(0)
    expect((await cli(['get', 'whose'], { cwd: one.folder })).stdout).toBe('one\n')
  })
})

describe('which pager is meant', () => {
  it('is that of GIT_PAGER, then core.pager, then PAGER', async () => {
    const one = await shop('one')
    const seen = (name: string) => join(one.folder, name)
    const writes = (name: string) => `cat > '${seen(name)}'`
    const list = (env: Record<string, string>) => one.try(['list'], { terminal: true, env })
    const used = async (env: Record<string, string>) => {
      const { code } = await list(env)
      expect(code).toBe(0)
      const names = ['git-pager', 'core-pager', 'pager'].filter((name) => existsSync(seen(name)))
      for (const name of names) {
        expect(readFileSync(seen(name), 'utf8')).toBe('whose\tone\n')
        rmSync(seen(name))
      }
      return names
    }
    expect(await used({ PAGER: writes('pager') })).toEqual(['pager'])
    execFileSync('git', ['config', 'core.pager', writes('core-pager')], {
      cwd: one.folder,
      env: environment,
    })
    expect(await used({ PAGER: writes('pager') })).toEqual(['core-pager'])
    expect(await used({ PAGER: writes('pager'), GIT_PAGER: writes('git-pager') })).toEqual(['git-pager'])
    for (const none of ['cat', '']) {
      expect((await list({ GIT_PAGER: none })).stdout).toBe('whose\tone\n')
    }
    expect((await one.try(['--no-pager', 'list'], { terminal: true })).stdout).toBe('whose\tone\n')
    expect(await used({ GIT_PAGER: 'cat' })).toEqual([])
  })

  it('is that of the store, wherever the command is called', async () => {
    const one = await shop('one')
    const gitDir = join(one.folder, '.git')
    const seen = join(temporaryFolder(), 'seen')
    execFileSync('git', ['config', 'core.pager', `cat > '${seen}'`], { cwd: one.folder, env: environment })
    for (const [args, env] of [
      [['-C', one.folder], {}],
      [['--git-dir', gitDir], {}],
      [[], { GIT_DIR: gitDir }],
    ] as [string[], Record<string, string>][]) {
      const { code, stdout } = await cli([...args, 'list'], { cwd: '/', terminal: true, env })
      expect([code, stdout, readFileSync(seen, 'utf8')]).toEqual([0, '', 'whose\tone\n'])
      rmSync(seen)
    }
  })

  it('is the one built into Git when nothing names one, with what Git sets for it', async () => {
    const one = await shop('one')
    const folder = temporaryFolder()
    // "less", unless whoever packed Git chose another one.
    const builtIn = execFileSync('git', ['var', 'GIT_PAGER'], { env: environment, encoding: 'utf8' }).trim()
    const pager = `#!/bin/sh\nprintf '%s %s' "$LESS" "$LV" > '${folder}/seen'\ncat > /dev/null\n`
    writeFileSync(join(folder, builtIn), pager, { mode: 0o755 })
    const settings = async (env: Record<string, string>) => {
      const PATH = `${folder}:${environment.PATH}`
      const { code } = await one.try(['list'], { terminal: true, env: { ...env, PATH } })
      return [code, readFileSync(join(folder, 'seen'), 'utf8')]
    }
    expect(await settings({})).toEqual([0, 'FRX -c'])
    expect(await settings({ LESS: 'R', LV: '-a' })).toEqual([0, 'R -a'])
  })

  it('is left to those who have one: nothing is said when it cannot be started', async () => {
    const one = await shop('one')
    const { code, stdout } = await one.try(['list'], { terminal: true, env: { GIT_PAGER: 'exit 127' } })
    expect([code, stdout]).toEqual([0, ''])
  })
})

describe('colours', () => {
  it.each([
    ['off a terminal', false, {}, [], false],
    ['on a terminal', true, {}, [], true],
    ['with NO_COLOR', true, { NO_COLOR: '1' }, [], false],
    ['with an empty NO_COLOR, which counts for none', true, { NO_COLOR: '' }, [], true],
    ['on a dumb terminal', true, { TERM: 'dumb' }, [], false],
    ['with --color never', true, {}, ['--color', 'never'], false],
    ['with --color always', false, {}, ['--color', 'always'], true],
    ['with --color always in spite of NO_COLOR', false, { NO_COLOR: '1' }, ['--color', 'always'], true],
  ] as [string, boolean, Record<string, string>, string[], boolean][])(
    '%s',
    async (_, terminal, variables, args, coloured) => {
      const one = await shop('one')
      await one.run('set', 'whose', 'other')
      const env = { GIT_PAGER: '', TERM: 'xterm', ...variables }
      const run = (...command: string[]) => one.try([...args, ...command], { terminal, env })
      const isColoured = (text: string) => text.includes('\u001b[')
      expect(isColoured((await run('diff')).stdout)).toBe(coloured)
      // What is not there, and what is no command line.
      expect(isColoured((await run('get', 'nothing')).stderr)).toBe(coloured)
      expect(isColoured((await run('get')).stderr)).toBe(coloured)
    },
  )
})
