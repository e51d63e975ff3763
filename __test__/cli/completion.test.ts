import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Shop, temporaryFolder } from './support/folder.js'
import { environment } from './support/in-process.js'

async function shop(): Promise<Shop> {
  const opened = await Shop.open()
  for (const key of ['user:1', 'user:2', 'us er', 'order:1', '$HOME', 'naïve'])
    await opened.run('set', key, 'x')
  await opened.run('set', 'dark', 'on', '--namespace', 'flags')
  return opened
}

describe('completion of keys', () => {
  it('offers those that can be typed as they are', async () => {
    const store = await shop()
    const words = async (...typed: string[]): Promise<string[]> =>
      (await store.run('completion', 'words', '--', ...typed)).split('\n').slice(0, -1)
    expect(await words('get', '')).toEqual(['naïve', 'order:1', 'user:1', 'user:2'])
    expect(await words('get', 'user:')).toEqual(['user:1', 'user:2'])
    expect(await words('delete', 'user:1', 'us')).toEqual(['user:1', 'user:2'])
    expect(await words('get', '--namespace', 'flags', '')).toEqual(['dark'])
    // A value, an option's value, and a second argument that is no key.
    expect(await words('set', 'user:1', '')).toEqual([])
    expect(await words('get', '--at', '')).toEqual([])
    expect(await words('history', 'user:1', '')).toEqual([])
  })

  it('works in bash', async () => {
    const store = await shop()
    const folder = temporaryFolder()
    symlinkSync(resolve('bin/git-prolly.js'), join(folder, 'git-prolly'))
    const script = join(folder, 'completion.bash')
    writeFileSync(script, await store.run('completion', 'bash'))
    const lines = [
      `. '${script}'`,
      'COMP_WORDS=(git-prolly get user:)',
      'COMP_CWORD=2',
      '_git_prolly_command',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    const completed = execFileSync('bash', ['-c', lines.join('\n')], {
      cwd: store.folder,
      env: { ...environment, PATH: `${folder}:${environment.PATH}` },
      encoding: 'utf8',
    })
    expect(completed).toBe('user:1\nuser:2\n')
  })
})
