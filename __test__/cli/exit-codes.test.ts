import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../ts/cli/commands/index.js'
import { Shop, temporaryFolder } from './support/folder.js'
import { cli, environment } from './support/in-process.js'

/** What to call to meet each exit code that a command has. */
interface Calls {
  /** 0. */
  readonly success: readonly string[]
  /** 1, where the answer can be no. */
  readonly no?: readonly string[]
  /** 2, beside an unknown option. */
  readonly usage: readonly string[]
  /** 128 where there is no store; 0 of the few that need none. */
  readonly outside: readonly [code: 0 | 128, ...args: string[]]
}

const CALLS: Readonly<Record<string, Calls>> = {
  init: { success: ['../new'], usage: ['a', 'b'], outside: [0] },
  migrate: { success: ['--storage', 'file'], usage: [], outside: [128, '--storage', 'file'] },
  clone: { success: ['.', '../copy'], usage: [], outside: [128, 'nothing'] },
  set: { success: ['a', '2'], usage: ['a'], outside: [128, 'a', '1'] },
  get: { success: ['a'], no: ['none'], usage: [], outside: [128, 'a'] },
  delete: { success: ['a'], no: ['none'], usage: [], outside: [128, 'a'] },
  list: { success: [], usage: ['--keys', '--values'], outside: [128] },
  import: { success: ['../in.ndjson'], usage: ['--format', 'xml'], outside: [128, '../in.ndjson'] },
  export: { success: [], usage: ['--format', 'xml'], outside: [128] },
  sql: {
    success: ['SELECT 1 AS one'],
    usage: ['SELECT 1 AS one', '--file', 'x'],
    outside: [128, 'SELECT 1 AS one'],
  },
  status: { success: [], usage: ['x'], outside: [128] },
  commit: {
    success: ['-m', 'x', '--allow-empty'],
    no: ['-m', 'x'],
    usage: ['-m', ''],
    outside: [128, '-m', 'x'],
  },
  reset: { success: [], usage: ['--soft', '--hard'], outside: [128] },
  log: { success: [], usage: ['-n', 'x'], outside: [128] },
  show: { success: [], usage: ['--stat', '--name-only'], outside: [128] },
  diff: { success: [], no: ['--exit-code', 'HEAD~1', 'HEAD'], usage: ['a..b', 'c'], outside: [128] },
  history: { success: ['a'], no: ['none'], usage: [], outside: [128, 'a'] },
  reflog: { success: [], usage: ['-n', 'x'], outside: [128] },
  'keys-at': { success: ['HEAD'], usage: [], outside: [128, 'HEAD'] },
  stats: { success: [], usage: ['--format', 'x'], outside: [128] },
  branch: { success: [], no: ['-d', 'main'], usage: ['-d'], outside: [128] },
  checkout: { success: ['feature'], usage: ['a', 'b'], outside: [128, 'main'] },
  merge: { success: ['HEAD'], no: ['feature'], usage: [], outside: [128, 'main'] },
  conflicts: { success: [], no: [], usage: ['a', 'b'], outside: [128] },
  resolve: { success: ['a', '1'], no: ['a', '1'], usage: ['a'], outside: [128, 'a', '1'] },
  revert: { success: ['HEAD'], no: ['HEAD~1'], usage: [], outside: [128, 'HEAD'] },
  'cherry-pick': { success: ['other'], no: ['feature'], usage: [], outside: [128, 'HEAD'] },
  worktree: { success: [], no: ['remove', 'none'], usage: ['move'], outside: [128] },
  tag: { success: [], usage: ['-d'], outside: [128] },
  push: { success: [], no: ['behind'], usage: ['a', 'b', 'c'], outside: [128] },
  pull: { success: [], no: ['origin', 'feature'], usage: ['a', 'b', 'c'], outside: [128] },
  prove: { success: ['a'], usage: [], outside: [128, 'a'] },
  verify: {
    success: ['../a.proof', 'a', '--at', 'HEAD'],
    no: ['../a.proof', 'a', '--at', 'HEAD~1'],
    usage: ['../a.proof', 'a'],
    outside: [128, '../a.proof', 'a', '--at', 'HEAD'],
  },
  gc: { success: [], usage: ['--prune', 'yesteryear'], outside: [128] },
  fsck: { success: [], usage: ['x'], outside: [128] },
  textconv: { success: ['../in.ndjson'], usage: [], outside: [0, '../in.ndjson'] },
  completion: { success: ['bash'], usage: ['powershell'], outside: [0, 'bash'] },
  help: { success: [], usage: ['comit'], outside: [0] },
}

const INPUT = '{"key":"k","value":"v"}\n'

/**
 * A store in which every call has its answer: `main` and `feature` gave `a` different values, `other` has one key more,
 * the remote `behind` has commits that are not on `main`.
 */
async function prepared(): Promise<Shop> {
  const folder = temporaryFolder()
  const shop = await Shop.open(join(folder, 'shop'))
  const git = (...args: string[]) => execFileSync('git', args, { cwd: shop.folder, env: environment })
  await shop.commit({ a: '0' }, 'Begin')
  for (const name of ['feature', 'other']) await shop.run('branch', name)
  await shop.commit({ a: 'main' }, 'Main')
  await shop.commit({ a: 'main again' }, 'Main again')
  await shop.run('prove', 'a', '-q', '-o', '../a.proof')
  await shop.run('checkout', '-q', 'feature')
  await shop.commit({ a: 'feature' }, 'Feature')
  await shop.run('checkout', '-q', 'other')
  await shop.commit({ b: '1' }, 'Other')
  await shop.run('checkout', '-q', 'main')
  writeFileSync(join(folder, 'in.ndjson'), INPUT)
  for (const remote of ['origin', 'behind']) {
    const path = join(folder, `${remote}.git`)
    git('init', '--quiet', '--bare', path)
    git('remote', 'add', remote, path)
  }
  git('push', '--quiet', 'origin', 'main', 'feature')
  git('push', '--quiet', 'behind', 'other:main')
  return shop
}

const all = Object.entries(CALLS)
const answering = all.flatMap(([name, { no }]) => (no ? [{ name, no }] : []))

describe('every command', () => {
  it('is in this table', () => {
    expect(Object.keys(CALLS).toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted())
  })

  it.each(all)('%s ends with 0 where all is well', async (name, { success }) => {
    const shop = await prepared()
    if (['conflicts', 'resolve'].includes(name)) await shop.try(['merge', 'feature', '--resolve'])
    const { code, stderr } = await shop.try([name, ...success])
    expect(code, stderr).toBe(0)
    expect(stderr).not.toMatch(/^(?:error|fatal|hint):/m)
  })

  it.each(answering)(
    '$name ends with 1 where the answer is no, and changes nothing',
    async ({ name, no }) => {
      const shop = await prepared()
      const state = async () => [await shop.run('log', '--format', 'json'), await shop.run('status')]
      const before = await state()
      const { code, stderr } = await shop.try([name, ...no])
      expect(code, stderr).toBe(1)
      // That there are differences is the answer itself; everything else says why not.
      if (name !== 'diff') expect(stderr).toMatch(/^error: .+\n/)
      expect(await state()).toEqual(before)
    },
  )

  it.each(all)('%s ends with 2 where the command line is wrong', async (name, { usage }) => {
    const shop = await Shop.open()
    // Without arguments some have nothing to do, and then miss one.
    for (const args of [usage, ['--no-such-option']]) {
      const { code, stdout, stderr } = await shop.try([name, ...args])
      expect([code, stdout], stderr).toEqual([2, ''])
      expect(stderr).toMatch(/^error: .+\n/)
    }
  })

  it.each(all)('%s ends with 128 where there is no store', async (name, { outside: [expected, ...args] }) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'in.ndjson'), INPUT)
    writeFileSync(join(folder, 'a.proof'), 'none')
    const given = args.map((arg) => arg.replace('..', folder))
    const { code, stdout, stderr } = await cli([name, ...given], { cwd: temporaryFolder() })
    expect(code, stderr).toBe(expected)
    if (expected === 0) return
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^fatal: .*\(PROLLY_(?:NOT_FOUND|GIT)\)\n(?:hint: .*\n)?$/)
  })
})

describe('every read', () => {
  it.each([
    [['get', 'a']],
    [['list']],
    [['status']],
    [['log']],
    [['show']],
    [['diff', 'HEAD~1', 'HEAD']],
    [['history', 'a']],
    [['reflog']],
    [['keys-at', 'HEAD']],
    [['stats']],
    [['branch']],
    [['branch', '--show-current']],
    [['tag']],
    [['worktree', 'list']],
    [['export']],
    [['sql', 'SELECT message FROM prolly_log']],
    [['fsck']],
    [['gc', '--dry-run']],
    [['conflicts']],
    [['verify', 'a.proof', 'a', '--at', 'HEAD']],
  ])('%j prints JSON', async (args) => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    await shop.commit({ a: '2' }, 'Two')
    await shop.run('tag', 'v1')
    await shop.run('prove', 'a', '-q', '-o', 'a.proof')
    if (args[0] === 'conflicts') {
      await shop.run('checkout', '-q', '-b', 'other', 'HEAD~1')
      await shop.commit({ a: '3' }, 'Three')
      await shop.try(['merge', '--resolve', 'main'])
    }
    const format = args[0] === 'export' ? 'ndjson' : 'json'
    const printed = await shop.run(...args, '--format', format)
    const values = printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(values.length).toBeGreaterThan(0)
    expect(values[0]).toBeTypeOf('object')
  })
})
