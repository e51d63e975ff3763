import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Session } from '../../ts/cli/session.js'
import { Shop, temporaryFolder } from './support/folder.js'
import { cli, environment } from './support/in-process.js'

const PATH = process.env.PATH
afterEach(() => {
  process.env.PATH = PATH
  vi.restoreAllMocks()
})

/** Puts a `git` before that of the machine that takes its time for what goes over the network. */
function slowNetwork(): void {
  const folder = temporaryFolder()
  const git = execFileSync('sh', ['-c', 'command -v git'], { env: environment, encoding: 'utf8' }).trim()
  writeFileSync(
    join(folder, 'git'),
    `#!/bin/sh\ncase " $* " in *" clone "*|*" fetch "*|*" push "*) sleep 1 ;; esac\nexec '${git}' "$@"\n`,
  )
  chmodSync(join(folder, 'git'), 0o755)
  process.env.PATH = `${folder}:${PATH}`
}

/** A store whose branches `main` and `other` gave one key different values, and a remote with `main`. */
async function published(): Promise<Shop> {
  const folder = temporaryFolder()
  const shop = await Shop.open(join(folder, 'shop'))
  const git = (...args: string[]) => execFileSync('git', args, { cwd: shop.folder, env: environment })
  await shop.commit({ a: '1' }, 'One')
  await shop.run('checkout', '-q', '-b', 'other')
  await shop.commit({ a: '2' }, 'Two')
  await shop.run('checkout', '-q', 'main')
  await shop.commit({ a: '3' }, 'Three')
  git('init', '--quiet', '--bare', '--initial-branch', 'main', join(folder, 'remote.git'))
  git('remote', 'add', 'origin', join(folder, 'remote.git'))
  await shop.run('push', '-q')
  return shop
}

describe('while the network is slow', () => {
  it.each([[['clone', '../remote.git', '../copy']], [['push']], [['pull']]] as [string[]][])(
    'the terminal says so during %j, and in the end what came of it',
    async (args) => {
      const shop = await published()
      slowNetwork()
      const { code, stderr, stdout } = await shop.try(args, { terminal: true })
      expect(code, stderr).toBe(0)
      const drawn = stderr.split('\r\u001b[K')
      // Drawn, drawn again, and wiped.
      expect(drawn.length).toBeGreaterThan(3)
      expect(drawn[1]).toMatch(/^connecting: \d\.\d s$/)
      expect(`${stdout}${drawn.at(-1)}`).toMatch(/^(?:Cloned into .*|Pushed main .*|Already up to date\.)\n$/)
      const quiet = await shop.try(args.map((arg) => arg.replace('copy', 'copy2')))
      expect(quiet.stderr).not.toContain('\r')
    },
  )
})

it.each([[['clone', '-q', '../remote.git', '../copy']], [['push', '-q']]])(
  '%j says nothing, however slow the network is',
  async (args) => {
    const shop = await published()
    slowNetwork()
    const { code, stderr } = await shop.try(args, { terminal: true })
    expect([code, stderr]).toEqual([0, ''])
  },
)

describe('what may take long', () => {
  it.each([
    [['clone', '../remote.git', '../copy'], ['cloning']],
    [['push'], ['pushing']],
    [['pull'], ['fetching', 'merging']],
    [['merge', 'other'], ['merging']],
    [['merge', 'other', '--resolve'], ['merging']],
    [['revert', 'HEAD'], ['reverting']],
    [['cherry-pick', 'other'], ['picking']],
    [['commit', '--allow-empty', '-m', 'x'], ['committing']],
    [['migrate', '--storage', 'file'], ['moving']],
    [['gc'], ['collecting garbage']],
    [['checkout', 'other'], ['switching']],
    [['status'], ['comparing']],
    [['reset'], ['comparing']],
    [['reset', '--hard', 'HEAD~1'], ['moving']],
    [['stats'], ['counting']],
    [['prove', 'a'], ['proving']],
    [['log', '--graph'], ['reading']],
  ] as [string[], string[]][])('%j says so', async (args, doing) => {
    const shop = await published()
    const during = vi.spyOn(Session.prototype, 'during')
    await shop.try(args)
    expect(during.mock.calls.map(([label]) => label)).toEqual(doing)
  })

  it('says so when conflicts are settled, and when a merge is continued', async () => {
    const shop = await published()
    await shop.try(['merge', 'other', '--resolve'])
    const during = vi.spyOn(Session.prototype, 'during')
    await shop.run('resolve', '--all', '--take', 'source')
    await shop.run('merge', '--continue')
    expect(during.mock.calls.map(([label]) => label)).toEqual(['settling', 'committing'])
  })

  it('says so when a proof is checked', async () => {
    const shop = await published()
    await shop.run('prove', 'a', '-q', '-o', 'a.proof')
    const during = vi.spyOn(Session.prototype, 'during')
    expect((await cli(['verify', 'a.proof', 'a', '--at', 'HEAD'], { cwd: shop.folder })).code).toBe(0)
    expect(during.mock.calls.map(([label]) => label)).toEqual(['checking'])
  })

  it('hands on what failed', async () => {
    const shop = await published()
    const { code, stderr } = await shop.try(['merge', 'other'], { terminal: true, env: { NO_COLOR: '1' } })
    expect([code, stderr.split('\n')[0]]).toEqual([1, 'error: 1 conflict: nothing was changed'])
  })
})
