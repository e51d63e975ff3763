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
    expect(await words('get', '--namespace', 'flags', 'user:')).toEqual([])
    // A value, an option's value, and a second argument.
    expect(await words('set', 'user:1', '')).toEqual([])
    expect(await words('list', '--gte', '')).toEqual([])
    expect(await words('get', 'user:1', '')).toEqual([])
    // After "--" a log has keys, also those that look like options.
    expect(await words('log', 'main', '--', 'user:')).toEqual(['user:1', 'user:2'])
  })
})

/** A store with a branch, a tag, a remote, a worktree and a namespace, none of whose names another one has. */
async function named(): Promise<{ store: Shop; words: (...typed: string[]) => Promise<string[]> }> {
  const store = await Shop.open(join(temporaryFolder(), 'shop'))
  await store.commit({ key: '1' })
  await store.run('branch', 'feature')
  await store.run('tag', 'v1')
  await store.run('worktree', 'add', '../tree')
  await store.run('set', 'dark', 'on', '--namespace', 'flags')
  execFileSync('git', ['remote', 'add', 'origin', '/nowhere'], { cwd: store.folder, env: environment })
  const words = async (...typed: string[]) =>
    (await store.run('completion', 'words', '--', ...typed)).split('\n').slice(0, -1)
  return { store, words }
}

describe('completion', () => {
  it('offers names where they belong', async () => {
    const { words } = await named()
    const [branches, revisions] = [
      ['feature', 'main', 'tree'],
      ['feature', 'main', 'tree', 'v1'],
    ]
    for (const name of [
      'checkout',
      'cherry-pick',
      'diff',
      'keys-at',
      'log',
      'merge',
      'revert',
      'show',
      'stats',
    ])
      expect(await words(name, ''), name).toEqual(revisions)
    for (const typed of [
      ['history', 'key', ''],
      ['get', '--at', ''],
      ['reset', '--hard', ''],
      ['branch', 'new', ''],
      ['tag', 'v2', ''],
      ['diff', 'main', ''],
      ['worktree', 'add', '../new', ''],
    ])
      expect(await words(...typed), typed.join(' ')).toEqual(revisions)
    for (const typed of [
      ['branch', '-d', ''],
      ['branch', '-d', 'tree', ''],
      ['reflog', ''],
      ['push', 'origin', ''],
    ])
      expect(await words(...typed), typed.join(' ')).toEqual(branches)
    expect(await words('push', '')).toEqual(['origin'])
    expect(await words('pull', '')).toEqual(['origin'])
    expect(await words('tag', '-d', '')).toEqual(['v1'])
    expect(await words('worktree', 'remove', '')).toEqual(['tree'])
    expect(await words('get', '--namespace', '')).toEqual(['flags'])
    expect(await words('help', 'comm')).toEqual(['commit'])
    expect(await words('checkout', 'main', '')).toEqual([])
    expect(await words('tag', '')).toEqual([])
    expect(await words('worktree', 'add', '')).toEqual([])
  })

  it('offers options and what they can be', async () => {
    const { store, words } = await named()
    expect(await words('--g')).toEqual(['--git-dir'])
    expect(await words('--color', '')).toEqual(['always', 'auto', 'never'])
    expect(await words('merge', '--s')).toEqual(['--strategy'])
    expect(await words('merge', '--strategy', 'take-s')).toEqual(['take-source'])
    expect(await words('merge', '-s', '')).toEqual(['ignore-all', 'take-destination', 'take-source'])
    expect(await words('list', '--format', '')).toEqual(['json', 'text'])
    expect(await words('sql', '--format', '')).toEqual(['csv', 'json', 'table'])
    expect(await words('sql', '-b', '')).toEqual(await words('get', '--at', ''))
    expect(await words('sql', '')).toEqual([])
    expect(await words('list', '--format=')).toEqual(['--format=json', '--format=text'])
    expect(await words('list', '--format=j')).toEqual(['--format=json'])
    expect(await words('get', '--namespace=flags', '')).toEqual(['dark'])
    await store.run('sql', 'CREATE TABLE users (id INT); CREATE TABLE orders (id INT)')
    expect(await words('import', '--table', '')).toEqual(['orders', 'users'])
    expect(await words('export', '--table=u')).toEqual(['--table=users'])
    expect(await words('completion', '')).toEqual(['bash', 'fish', 'zsh'])
    expect(await words('worktree', 'l')).toEqual(['list', 'lock'])
    expect(await words('commit', '-m', '')).toEqual([])
  })

  it('looks into the store that the command would work on', async () => {
    const { store } = await named()
    const from = async (...typed: string[]) =>
      (await store.try(['completion', 'words', '--', ...typed], { cwd: '/' })).stdout
    expect(await from('checkout', 'f')).toBe('')
    expect(await from('-C', store.folder, 'checkout', 'f')).toBe('feature\n')
    expect(await from('-C', join(store.folder, '..'), '-C', 'shop', 'get', '')).toBe('key\n')
    expect(await from('--git-dir', join(store.folder, '.git'), 'push', '')).toBe('origin\n')
    expect(await from('--no-pager', '-C', store.folder, 'co')).toBe('commit\ncompletion\nconflicts\n')
  })
})

describe('completion in bash', () => {
  /** What bash would offer at the end of a line, of which it made the words before it calls. */
  async function completed(store: Shop, line: string, words: string[], before: string[], called: string) {
    const folder = temporaryFolder()
    symlinkSync(resolve('bin/git-prolly.js'), join(folder, 'git-prolly'))
    const script = join(folder, 'completion.bash')
    writeFileSync(script, await store.run('completion', 'bash'))
    const lines = [
      `. '${script}'`,
      `COMP_LINE='${line}'`,
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
      `COMP_CWORD=${words.length - 1}`,
      ...before,
      called,
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    return execFileSync('bash', ['-c', lines.join('\n')], {
      cwd: store.folder,
      env: { ...environment, PATH: `${folder}:${environment.PATH}` },
      encoding: 'utf8',
    })
  }

  it('works', async () => {
    const store = await shop()
    const at = (line: string, words = line.split(' '), before: string[] = []) =>
      completed(store, line, words, before, '_git_prolly_command')
    expect(await at('git-prolly comm')).toBe('commit\n')
    expect(await at('git-prolly get or')).toBe('order:1\n')
    expect(await at('git-prolly merge --strategy ig')).toBe('ignore-all\n')
    expect(await at(`git-prolly -C ${store.folder} checkout m`)).toBe('main\n')
    // Bash begins a word at each of these characters and wants only what follows the last one.
    expect(await at('git-prolly get user:', ['git-prolly', 'get', 'user', ':'])).toBe('1\n2\n')
    expect(await at('git-prolly get user:2', ['git-prolly', 'get', 'user', ':', '2'])).toBe('2\n')
    expect(await at('git-prolly list --format=j', ['git-prolly', 'list', '--format', '=', 'j'])).toBe(
      'json\n',
    )
    expect(
      await at('git-prolly get --namespace=flags ', ['git-prolly', 'get', '--namespace', '=', 'flags', '']),
    ).toBe('dark\n')
    const whole = ['COMP_WORDBREAKS=${COMP_WORDBREAKS//:/}']
    expect(await at('git-prolly get user:2', undefined, whole)).toBe('user:2\n')
  })

  it('works within that of Git', async () => {
    const store = await shop()
    const within = (line: string, words: string[], before: string[] = []) =>
      completed(store, line, words, before, '_git_prolly')
    expect(await within('git prolly comm', ['git', 'prolly', 'comm'])).toBe('commit\n')
    const words = ['git', '-C', store.folder, 'prolly', 'get', 'user', ':']
    // What Git's own completion, since 2.31, has found out when it calls.
    const found = ['__git_cmd_idx=3', `__git_C_args=(-C '${store.folder}')`, 'cd /']
    expect(await within(`git -C ${store.folder} prolly get user:`, words, found)).toBe('1\n2\n')
  })
})
