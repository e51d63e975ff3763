import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Shop, temporaryFolder } from './support/folder.js'
import { environment } from './support/in-process.js'
import { installed, program, shell, spawned } from './support/spawned.js'

/** A store with so many entries that their list fills any pipe. */
async function large(): Promise<Shop> {
  const shop = await Shop.open()
  const lines = Array.from({ length: 50_000 }, (_, index) =>
    JSON.stringify({ key: `key ${index}`, value: 'v'.repeat(50) }),
  )
  await shop.feed(lines.join('\n'), 'import', '-q')
  return shop
}

describe('exit codes of the process', () => {
  it('are 0, 1, 2 and 128', async () => {
    const shop = await Shop.open()
    const cwd = shop.folder
    expect(spawned(['set', 'a', '1'], { cwd })).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(spawned(['get', 'a'], { cwd })).toMatchObject({ status: 0, stdout: '1\n' })
    expect(spawned(['get', 'b'], { cwd })).toMatchObject({ status: 1, stdout: '' })
    expect(spawned(['get'], { cwd })).toMatchObject({ status: 2, stdout: '' })
    expect(spawned(['list'], { cwd: temporaryFolder() })).toMatchObject({ status: 128, stdout: '' })
  })

  it('are 130 after an interrupt', async () => {
    const shop = await Shop.open()
    const child = spawn(process.execPath, [program, 'import', '--key', 'id'], {
      cwd: shop.folder,
      env: environment,
    })
    child.stdin.write('{"id":1}\n')
    // Standard input stays open, so the import waits for more.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    child.kill('SIGINT')
    const [code] = (await once(child, 'close')) as [number]
    expect(code).toBe(130)
    expect(await shop.run('list')).toBe('')
  })
})

it('says what to set when Git does not know who commits', async () => {
  const shop = await Shop.open()
  await shop.run('set', 'a', '1')
  const env = { PATH: environment.PATH ?? '', HOME: temporaryFolder(), GIT_CONFIG_NOSYSTEM: '1' }
  const { status, stderr } = spawnSync(process.execPath, [program, 'commit', '-m', 'x'], {
    cwd: shop.folder,
    env,
    encoding: 'utf8',
  })
  expect(status).toBe(128)
  expect(stderr).toMatch(/^fatal: .*git config --global user\.name.*\(PROLLY_NO_IDENTITY\)\n$/)
})

describe('pipes', () => {
  it('give everything to a slow reader', async () => {
    const shop = await large()
    const { stdout, stderr } = shell(
      'git-prolly list | (sleep 1; cat) | wc -l',
      shop.folder,
      installed(temporaryFolder()),
    )
    expect([stdout.trim(), stderr]).toEqual(['50000', ''])
  })

  it('may be closed early', async () => {
    const shop = await large()
    const { stdout, stderr } = shell(
      'set -o pipefail; git-prolly list | head -n 1; echo "code $?"',
      shop.folder,
      installed(temporaryFolder()),
    )
    expect([stdout, stderr]).toEqual([`key 0\t${'v'.repeat(50)}\ncode 0\n`, ''])
  })

  it('may be closed from the start', async () => {
    const shop = await Shop.open()
    const env = installed(temporaryFolder())
    await shop.run('set', 'a', '1')
    expect(shell('git-prolly get a <&-', shop.folder, env)).toMatchObject({
      status: 0,
      stdout: '1\n',
      stderr: '',
    })
    expect(shell('git-prolly import <&-', shop.folder, env)).toMatchObject({ status: 0 })
    expect(shell('git-prolly get a >&-', shop.folder, env).status).toBe(0)
    expect(shell('git-prolly get b 2>&-', shop.folder, env).status).toBe(1)
  })

  it('that fail are reported', async () => {
    const shop = await large()
    const { status, stderr } = shell('git-prolly list > /dev/full', shop.folder, installed(temporaryFolder()))
    expect(status).toBe(128)
    expect(stderr).toMatch(/^fatal: .*ENOSPC/)
  })

  it('carry any bytes in and out', async () => {
    const shop = await Shop.open()
    const env = installed(temporaryFolder())
    const script = `head -c 300000 /dev/urandom > in && git-prolly set --hex ff00 --file - < in &&
      git-prolly get --hex ff00 --raw > out && cmp in out`
    expect(shell(script, shop.folder, env)).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })
})

describe('several processes', () => {
  it('set keys at once and lose none', { timeout: 120_000 }, async () => {
    const shop = await Shop.open()
    const four = `for shell in 1 2 3 4; do
        (for number in 1 2 3 4 5 6 7 8; do git-prolly set "$shell:$number" "$number" || exit 1; done) &
        all="$all $!"
      done
      for one in $all; do wait $one || exit 1; done`
    expect(shell(four, shop.folder, installed(temporaryFolder()))).toMatchObject({ status: 0, stderr: '' })
    expect(await shop.run('list', '--count')).toBe('32\n')
    await shop.run('commit', '-q', '-m', 'All')
    expect(await shop.run('list', '--count', '--at', 'HEAD')).toBe('32\n')
  })
})

describe('as a command of Git', () => {
  it('is found by "git prolly", which passes on arguments, folder and exit code', async () => {
    const shop = await Shop.open()
    const env = installed(temporaryFolder())
    expect(shell('git prolly set "a b" "c  d"', shop.folder, env).status).toBe(0)
    expect(shell(`git -C '${shop.folder}' prolly get 'a b'`, '/', env).stdout).toBe('c  d\n')
    expect(shell(`git --git-dir '${shop.folder}/.git' prolly get 'a b'`, '/', env).stdout).toBe('c  d\n')
    expect(shell('git prolly get x', shop.folder, env)).toMatchObject({
      status: 1,
      stderr: 'error: there is no key x\n',
    })
    expect(shell('git prolly -h', shop.folder, env).stdout).toContain('Usage: git-prolly')
  })

  it('works in a linked file name, and from a script with a shebang', () => {
    const { status, stdout } = shell('git-prolly --version', '/', installed(temporaryFolder()))
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })
})

describe('the pager', () => {
  it('is the one of Git, on a terminal only', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'a', '1')
    const seen = join(shop.folder, 'seen')
    const pager = `cat > '${seen}'`
    const list = (args: string[], options: Parameters<Shop['try']>[1]) => shop.try([...args, 'list'], options)
    expect((await list([], { env: { GIT_PAGER: pager } })).stdout).toBe('a\t1\n')
    expect(existsSync(seen)).toBe(false)
    for (const env of [{ GIT_PAGER: pager }, { PAGER: pager }]) {
      const { code, stdout } = await list([], { terminal: true, env })
      expect([code, stdout, readFileSync(seen, 'utf8')]).toEqual([0, '', 'a\t1\n'])
      rmSync(seen)
    }
    expect((await list(['--no-pager'], { terminal: true, env: { PAGER: pager } })).stdout).toBe('a\t1\n')
    expect((await list([], { terminal: true, env: { GIT_PAGER: '' } })).stdout).toBe('a\t1\n')
    expect(existsSync(seen)).toBe(false)
  })

  it('may be left before the end', async () => {
    const shop = await large()
    const { code, stderr } = await shop.try(['list'], {
      terminal: true,
      env: { GIT_PAGER: 'head -n 1 > /dev/null' },
    })
    expect([code, stderr]).toEqual([0, ''])
  })
})

describe('starting up', () => {
  it('does not load the addon for help and usage errors', () => {
    const env = { NAPI_RS_NATIVE_LIBRARY_PATH: '/nonexistent.node' }
    for (const args of [['--version'], ['help'], ['help', 'merge'], ['completion', 'bash']]) {
      expect(spawned(args, { env }), args.join(' ')).toMatchObject({ status: 0, stderr: '' })
    }
    expect(spawned(['nonsense'], { env }).status).toBe(2)
  })
})

/** Runs the built command, and says what memory it took at most, in MiB. */
function measured(args: readonly string[], cwd: string): { stderr: string; peak: number } {
  const peak = fileURLToPath(new URL('../helpers/peak.mjs', import.meta.url))
  const { stderr } = spawnSync(process.execPath, ['--import', peak, program, ...args], {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return { stderr, peak: Number(/^peak (\d+)$/m.exec(stderr)?.[1]) }
}

describe.runIf(existsSync('/proc/self/status'))('memory', () => {
  it('stays below 300 MiB however much is imported', { timeout: 300_000 }, async () => {
    const shop = await Shop.open()
    const file = join(shop.folder, 'records.csv')
    const lines = Array.from({ length: 50_000 }, () => `${randomBytes(8).toString('hex')},${'x'.repeat(800)}`)
    // 240 MB: the same lines under other keys.
    const out = openSync(file, 'w')
    writeSync(out, 'id,note\n')
    for (let part = 0; part < 6; part++) writeSync(out, lines.map((line) => `${part}${line}\n`).join(''))
    closeSync(out)
    const done = measured(['import', '--key', 'id', file], shop.folder)
    expect(done.stderr).toContain('imported 300,000 records')
    expect(done.peak).toBeLessThan(300)
  })

  it('stays below 200 MiB however many rows are printed', { timeout: 300_000 }, async () => {
    const shop = await Shop.open()
    for (const format of ['csv', 'json', 'table']) {
      const done = measured(['sql', '--format', format, 'SELECT N AS n FROM SERIES(3000000)'], shop.folder)
      expect(done.stderr).toMatch(/^peak \d+\n$/)
      expect(done.peak, format).toBeLessThan(200)
    }
  })
})
