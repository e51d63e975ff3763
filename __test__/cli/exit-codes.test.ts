import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../ts/cli/commands/index.js'
import { Shop, temporaryFolder } from './support/folder.js'
import { cli } from './support/in-process.js'

/** Each command with arguments that it takes. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  init: [],
  migrate: ['--storage', 'file'],
  clone: ['/nonexistent', 'copy'],
  set: ['a', '1'],
  get: ['a'],
  delete: ['a'],
  list: [],
  import: ['/dev/null'],
  export: [],
  status: [],
  commit: ['-m', 'Message'],
  reset: [],
  log: [],
  show: [],
  diff: [],
  history: ['a'],
  reflog: [],
  'keys-at': ['HEAD'],
  stats: [],
  branch: [],
  checkout: ['main'],
  merge: ['other'],
  conflicts: [],
  resolve: ['a', '1'],
  revert: ['HEAD'],
  'cherry-pick': ['HEAD'],
  worktree: ['list'],
  tag: [],
  push: [],
  pull: [],
  prove: ['a'],
  verify: ['a.proof', 'a', '--at', 'HEAD'],
  gc: [],
  fsck: [],
  textconv: ['a'],
  completion: ['bash'],
  help: [],
}
/** These need no store. */
const ANYWHERE = new Set(['init', 'completion', 'help'])

describe('every command', () => {
  it('is in this table', () => {
    expect(Object.keys(ARGUMENTS).toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted())
  })

  it.each(Object.keys(ARGUMENTS))('%s ends with 2 for an option it does not have', async (name) => {
    const { code, stdout, stderr } = await cli([name, '--no-such-option'], { cwd: temporaryFolder() })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^error: .*\n(?:hint: .*\n)?$/)
  })

  it.each(Object.entries(ARGUMENTS).filter(([name]) => !ANYWHERE.has(name)))(
    '%s ends with 128 and one line where there is no store',
    async (name, args) => {
      const { code, stdout, stderr } = await cli([name, ...args], { cwd: temporaryFolder() })
      expect([code, stdout]).toEqual([128, ''])
      expect(stderr).toMatch(/^fatal: .*\n(?:hint: .*\n)?$/)
    },
  )

  it.each([
    [['get', 'missing']],
    [['delete', 'missing']],
    [['diff', '--exit-code', 'HEAD~1', 'HEAD']],
    [['commit', '-m', 'Nothing']],
    [['merge', 'conflicting']],
    [['history', 'missing']],
    [['conflicts']],
  ])('%j ends with 1 where the answer is no', async (args) => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    await shop.run('checkout', '-q', '-b', 'conflicting')
    await shop.commit({ a: '2' }, 'Two')
    await shop.run('checkout', '-q', 'main')
    await shop.commit({ a: '3' }, 'Three')
    const { code, stderr } = await shop.try(args)
    expect([args[0], code, stderr]).toEqual([args[0], 1, expect.any(String)])
  })

  it.each(
    ['status', 'log', 'show', 'diff', 'list', 'stats', 'branch', 'tag', 'reflog', 'fsck', 'gc', 'help'].map(
      (name) => [name],
    ),
  )('%s ends with 0 where all is well', async (name) => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    const { code, stderr } = await shop.try([name])
    expect([code, stderr]).toEqual([0, expect.any(String)])
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
    [['tag']],
    [['worktree', 'list']],
    [['export']],
    [['fsck']],
    [['gc', '--dry-run']],
  ])('%j prints JSON', async (args) => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    await shop.commit({ a: '2' }, 'Two')
    await shop.run('tag', 'v1')
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
