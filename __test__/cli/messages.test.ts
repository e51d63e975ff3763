import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Shop } from './support/folder.js'
import { environment } from './support/in-process.js'

async function shop(): Promise<Shop> {
  const made = await Shop.open()
  await made.commit({ a: '1' }, 'One')
  await made.run('tag', 'v1')
  await made.run('branch', 'feature')
  execFileSync('git', ['remote', 'add', 'origin', '/nowhere'], { cwd: made.folder, env: environment })
  return made
}

describe('a name that is not there', () => {
  it.each([
    [['checkout', 'mian'], 'did you mean "main"?'],
    [['checkout', 'mian~1'], 'did you mean "main~1"?'],
    [['get', 'a', '--at', 'faeture@{1}'], 'did you mean "feature@{1}"?'],
    [['log', 'mian..feature'], 'did you mean "main"?'],
    [['diff', 'main..featur'], 'did you mean "feature"?'],
    [['branch', '-d', 'feture'], 'did you mean "feature"?'],
    [['branch', 'new', 'v2'], 'did you mean "v1"?'],
    [['tag', '-d', 'v2'], 'did you mean "v1"?'],
    [['push', 'orgin'], 'did you mean "origin"?'],
    [['pull', 'orgin'], 'did you mean "origin"?'],
    [['push', 'backup'], '"git remote add backup <address>" adds it'],
  ] as [string[], string][])('%j', async (args, hint) => {
    const { code, stderr } = await (await shop()).try(args)
    expect(code).toBe(128)
    expect(stderr).toMatch(/^fatal: there is no .*\(PROLLY_NOT_FOUND\)\n/)
    expect(stderr.split('\n').slice(1)).toEqual([`hint: ${hint}`, ''])
  })

  it('has no hint when nothing is near', async () => {
    const store = await shop()
    for (const name of ['elsewhere', 'main~7']) {
      expect((await store.try(['checkout', name])).stderr).toMatch(/^fatal: [^\n]*\n$/)
    }
  })

  it('is no misspelt one where there is no commit yet', async () => {
    const store = await Shop.open()
    for (const args of [['log', 'main'], ['show'], ['stats'], ['get', 'a', '--at', 'HEAD~1']]) {
      const { code, stderr } = await store.try(args)
      expect(code).toBe(128)
      expect(stderr).toMatch(/\nhint: there is no commit yet: "git-prolly commit" makes the first one\n$/)
    }
  })
})

describe('a path', () => {
  it('that is a folder is named', async () => {
    const store = await shop()
    for (const args of [
      ['import', '.git'],
      ['set', 'a', '--file', '.git'],
    ]) {
      const { code, stderr } = await store.try(args)
      expect([code, stderr]).toEqual([
        128,
        "fatal: cannot read '.git': illegal operation on a directory (EISDIR)\n",
      ])
    }
  })

  it('that cannot be written is the one that was given', async () => {
    const store = await shop()
    const { code, stderr } = await store.try(['export', 'nowhere/out.ndjson'])
    const path = join(store.folder, 'nowhere', 'out.ndjson')
    expect([code, stderr]).toEqual([
      128,
      `fatal: cannot open '${path}': no such file or directory (ENOENT)\n`,
    ])
  })
})

it('a global option behind the command is told where it belongs', async () => {
  const { code, stderr } = await (await shop()).try(['list', '--no-pager'])
  expect(code).toBe(2)
  expect(stderr.split('\n')).toEqual([
    `error: unknown option '--no-pager'`,
    '(It stands before the command: git-prolly --no-pager …)',
    'hint: "git-prolly help list" shows how it is used',
    '',
  ])
})

it('what is missing is named', async () => {
  const store = await shop()
  for (const [name, what] of [
    ['merge', 'the branch to merge'],
    ['revert', 'the commit to undo'],
    ['cherry-pick', 'the commit to pick'],
  ] as [string, string][]) {
    expect(await store.try([name])).toMatchObject({
      code: 2,
      stderr: `error: missing required argument: ${what}\n`,
    })
  }
})

describe('checkout', () => {
  it.each([[['checkout']], [['checkout', 'HEAD']], [['checkout', '-f']]])(
    '%j stays on the branch, as in Git',
    async (args) => {
      const store = await shop()
      expect((await store.try(args)).stderr).toBe("Switched to branch 'main'\n")
      expect(await store.run('branch', '--show-current')).toBe('main\n')
    },
  )

  it('leaves it when told to', async () => {
    const store = await shop()
    await store.run('checkout', '-q', '--detach')
    expect(await store.run('branch', '--show-current')).toBe('')
    // A HEAD that is on no branch stays where it is.
    const head = await store.run('log', '--format', 'json')
    await store.run('checkout', '-q')
    expect(await store.run('branch', '--show-current')).toBe('')
    expect(await store.run('log', '--format', 'json')).toBe(head)
  })
})
