import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Shop, temporaryFolder } from './support/folder.js'
import { environment } from './support/in-process.js'

/** Runs the stock git, to which `path` is the PATH. */
function git(cwd: string, path: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env: { ...environment, PATH: path }, encoding: 'utf8' })
}

/** A PATH on which git-prolly is. */
function withCommand(): string {
  const folder = temporaryFolder()
  symlinkSync(resolve('bin/git-prolly.js'), join(folder, 'git-prolly'))
  return `${folder}:${environment.PATH}`
}

/** The lines of a diff that were added or removed. */
const changed = (diff: string): string[] =>
  diff
    .split('\n')
    .filter((line) => /^[-+](?![-+]{2} )/.test(line) && !/^[-+](root|entries|levels) /.test(line))

describe('git diff and git log -p', () => {
  it('show keys and values', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'dark', 'on', '--namespace', 'flags')
    await shop.commit({ apple: '10', pear: '20' }, 'Begin')
    await shop.run('set', 'long', 'x'.repeat(3000))
    await shop.commit({ apple: '11' }, 'Count again')
    await shop.commit({ apple: '12' }, 'And again')
    const path = withCommand()
    expect(changed(git(shop.folder, path, 'diff', 'HEAD~1', 'HEAD'))).toEqual(['-apple\t11', '+apple\t12'])
    const log = git(shop.folder, path, 'log', '-p', '-2')
    expect(changed(log)).toEqual([
      '-apple\t11',
      '+apple\t12',
      // The leaf gets a folder, as it has a value outside of it now.
      '-[catalogue] flags\t71c46ddfef116b4c',
      '-apple\t10',
      '-pear\t20',
      '-[71c46ddfef116b4c] dark\ton',
      `+${'x'.repeat(3000)}`,
      '+[catalogue] flags\t71c46ddfef116b4c',
      '+apple\t11',
      '+long\t(3000 bytes)',
      '+pear\t20',
      '+[71c46ddfef116b4c] dark\ton',
    ])
  })

  it('show node bytes where the command is not installed', async () => {
    const shop = await Shop.open()
    await shop.commit({ apple: '10' }, 'Begin')
    await shop.commit({ apple: '11' }, 'Count again')
    const diff = git(shop.folder, environment.PATH ?? '', 'diff', '-a', 'HEAD~1', 'HEAD')
    expect(diff).toContain('diff --git a/root b/root')
  })

  it('are set up once, beside what is there', async () => {
    const shop = await Shop.open()
    const attributes = join(shop.folder, '.git', 'info', 'attributes')
    expect(readFileSync(attributes, 'utf8')).toBe('/root diff=prolly\n/root/** diff=prolly\n')
    await shop.commit({ apple: '10' }, 'Begin')
    const copy = temporaryFolder()
    git(copy, environment.PATH ?? '', 'clone', '-q', shop.folder, 'copy')
    const clone = Shop.at(join(copy, 'copy'))
    const own = join(clone.folder, '.git', 'info', 'attributes')
    writeFileSync(own, '*.md text')
    await clone.run('set', 'pear', '1')
    expect(readFileSync(own, 'utf8')).toBe('*.md text\n/root diff=prolly\n/root/** diff=prolly\n')
  })
})

describe('textconv', () => {
  it('prints what is no node as it is', async () => {
    const shop = await Shop.open()
    expect(await shop.feed('layout 1\n', 'textconv', '-')).toBe('layout 1\n')
    expect(await shop.try(['textconv', 'missing'])).toMatchObject({ code: 128 })
  })
})
