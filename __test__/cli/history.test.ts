import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objects, Shop } from './support/folder.js'
import { cli } from './support/in-process.js'

const ID = /^[0-9a-f]{40}$/

describe('status', () => {
  it('begins with a branch without commits', async () => {
    const shop = await Shop.open()
    expect(await shop.run('status')).toBe('On branch main\n\nNo commits yet\n\nnothing staged\n')
    expect(objects(await shop.run('status', '--format', 'json'))).toEqual([
      { branch: 'main', commit: null, added: 0, modified: 0, removed: 0, namespaces: [], tables: [] },
    ])
  })

  it('names what is staged', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1', b: '2' })
    await shop.run('set', 'a', '9')
    await shop.run('delete', 'b')
    await shop.run('set', 'c', '3', '--namespace', 'flags')
    expect(await shop.run('status')).toBe(`On branch main

Staged changes:
  ("git-prolly commit" records them, "git-prolly reset" drops them)
\tnew namespace: flags
\tmodified: a
\tremoved:  b
\tadded:    [flags] c

3 keys changed: 1 added, 1 modified, 1 removed
`)
    const [status] = objects(await shop.run('status', '--format', 'json'))
    expect(status).toMatchObject({
      branch: 'main',
      added: 1,
      modified: 1,
      removed: 1,
      namespaces: [{ to: 'flags' }],
    })
    expect((status as { commit: string }).commit).toMatch(ID)
  })

  it('names only the first fifty', async () => {
    const shop = await Shop.open()
    const lines = Array.from({ length: 60 }, (_, index) => JSON.stringify({ key: `k${index}`, value: '' }))
    await shop.feed(lines.join('\n'), 'import', '-q')
    const status = await shop.run('status')
    expect(status.match(/^\tadded: {4}k/gm)).toHaveLength(50)
    expect(status).toContain('\t… and 10 more\n')
    expect(status).toContain('60 keys changed: 60 added')
  })

  it('says when HEAD is on no branch', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' })
    await shop.run('checkout', '-q', '--detach')
    expect(await shop.run('status')).toMatch(/^HEAD detached at [0-9a-f]{10}\n/)
    expect(objects(await shop.run('status', '--format', 'json'))).toMatchObject([{ branch: null }])
  })
})

describe('commit', () => {
  it('records what is staged', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'a', '1')
    expect(await shop.run('commit', '-m', 'First', '-m', 'More words')).toMatch(
      /^\[main \(root-commit\) [0-9a-f]{10}\] First\n$/,
    )
    await shop.run('set', 'a', '2')
    expect(await shop.run('commit', '-m', 'Second')).toMatch(/^\[main [0-9a-f]{10}\] Second\n$/)
    const [second, first] = objects(await shop.run('log', '--format', 'json')) as {
      message: string
      parents: string[]
    }[]
    expect(first).toMatchObject({ parents: [], author: { name: 'Ada Lovelace', email: 'ada@example.org' } })
    expect(first?.message.trim()).toBe('First\n\nMore words')
    expect(second?.parents).toHaveLength(1)
    expect(await shop.run('status')).toContain('nothing staged')
  })

  it('answers 1 when nothing is staged', async () => {
    const shop = await Shop.open()
    const { code, stderr } = await shop.try(['commit', '-m', 'x'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: nothing to commit.*\(PROLLY_NOTHING_TO_COMMIT\)\n$/)
    expect((await shop.try(['commit', '-m', 'x', '--allow-empty'])).code).toBe(0)
  })

  it('takes its message from a file or from standard input', async () => {
    const shop = await Shop.open()
    writeFileSync(join(shop.folder, 'message'), 'From a file\n')
    await shop.run('set', 'a', '1')
    expect(await shop.run('commit', '-F', 'message')).toContain('] From a file\n')
    await shop.run('set', 'a', '2')
    expect(await shop.feed('From standard input', 'commit', '-F', '-')).toContain('] From standard input\n')
  })

  it("lets Git's editor write the message, on a terminal", async () => {
    const shop = await Shop.open()
    await shop.run('set', 'a', '1')
    writeFileSync(join(shop.folder, 'typed'), 'From the editor\n\nwith more\n# no part of it\n')
    const edit = (editor: string) => shop.try(['commit'], { terminal: true, env: { GIT_EDITOR: editor } })
    expect(await edit('false')).toMatchObject({ code: 128, stdout: '' })
    expect((await edit('true')).code, 'an empty message gives the commit up').toBe(2)
    expect((await edit('cp typed')).stdout).toMatch(/\] From the editor\n$/)
    const [commit] = objects(await shop.run('log', '--format', 'json')) as { message: string }[]
    expect(commit?.message.trim()).toBe('From the editor\n\nwith more')
  })

  it('wants a message', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'a', '1')
    expect((await shop.try(['commit'])).code).toBe(2)
    expect((await shop.try(['commit', '-m', ' \n'])).code).toBe(2)
    expect((await shop.try(['commit', '-m', 'x', '-F', 'y'])).code).toBe(2)
  })

  it('names another author', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'a', '1')
    expect((await shop.try(['commit', '-m', 'x', '--author', 'Grace'])).code).toBe(2)
    await shop.run('commit', '-q', '-m', 'x', '--author', 'Grace Hopper <grace@example.org>')
    expect(await shop.run('log')).toContain('Author: Grace Hopper <grace@example.org>\n')
  })
})

describe('reset', () => {
  it('drops what is staged', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' })
    await shop.run('set', 'a', '2')
    await shop.run('set', 'b', '2')
    expect((await shop.try(['reset'])).stderr).toBe(
      'dropped changes to 2 keys: 1 added, 1 modified, 0 removed\n',
    )
    expect(await shop.run('list')).toBe('a\t1\n')
    expect((await shop.try(['reset'])).stderr).toBe('nothing was staged\n')
  })
})

describe('log', () => {
  const written = async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    await shop.commit({ a: '2' }, 'Two\n\nwith more')
    await shop.commit({ a: '3' }, 'Three')
    return shop
  }

  it('is empty before the first commit', async () => {
    const shop = await Shop.open()
    expect(await shop.run('log')).toBe('')
  })

  it('prints commits as Git does', async () => {
    const shop = await written()
    const [, two] = (await shop.run('log')).split('\n\ncommit ')
    expect(two).toMatch(
      /^[0-9a-f]{40}\nAuthor: Ada Lovelace <ada@example.org>\nDate: {3}\w{3} \w{3} \d+ \d\d:\d\d:\d\d \d{4} [+-]\d{4}\n\n {4}Two\n\n {4}with more$/,
    )
    expect(await shop.run('log')).toMatch(/^commit [0-9a-f]{40} \(HEAD -> main\)\n/)
  })

  it('takes a number, one line a commit, and revisions', async () => {
    const shop = await written()
    const subjects = async (...args: string[]) =>
      (await shop.run('log', '--oneline', ...args))
        .split('\n')
        .slice(0, -1)
        .map((line) => line.replace(/^[0-9a-f]{10} (\(.*\) )?/, ''))
    expect(await subjects()).toEqual(['Three', 'Two', 'One'])
    expect(await subjects('-n', '2')).toEqual(['Three', 'Two'])
    expect(await subjects('main~1')).toEqual(['Two', 'One'])
    expect(await subjects('main~2..main')).toEqual(['Three', 'Two'])
    expect(await subjects('main~1..')).toEqual(['Three'])
    expect((await shop.try(['log', 'mian'])).stderr).toMatch(
      /^fatal: .*mian.*\(PROLLY_NOT_FOUND\)\nhint: did you mean "main"\?\n$/,
    )
  })

  it('prints JSON with stable fields', async () => {
    const shop = await written()
    const [commit] = objects(await shop.run('log', '-n', '1', '--format', 'json')) as Record<
      string,
      unknown
    >[]
    expect(Object.keys(commit ?? {})).toEqual([
      'id',
      'parents',
      'author',
      'committer',
      'message',
      'rootHash',
      'refs',
    ])
    expect(commit).toMatchObject({
      author: {
        name: 'Ada Lovelace',
        email: 'ada@example.org',
        date: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}[+-]\d\d:\d\d$/),
      },
      rootHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      refs: ['HEAD -> main'],
    })
  })
})

describe('show and diff', () => {
  const changed = async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1', b: '2', 'c:1': '3' }, 'One')
    await shop.run('set', 'a', 'two\nlines')
    await shop.run('delete', 'b')
    await shop.run('set', 'd', '4', '--namespace', 'flags')
    await shop.run('commit', '-q', '-m', 'Two')
    return shop
  }

  it('prints old and new values', async () => {
    const shop = await changed()
    const text = '- a\t1\n+ a\t"two\\nlines"\n- b\t2\n+ [flags] d\t4\n'
    expect(await shop.run('diff', 'main~1', 'main')).toBe(text)
    expect(await shop.run('diff', 'main~1..main')).toBe(text)
    expect(await shop.run('diff', 'main~1')).toBe(text)
    expect(await shop.run('diff', 'main~1..')).toBe(text)
    expect(await shop.run('diff')).toBe('')
    expect(await shop.run('show')).toMatch(/^commit [0-9a-f]{40} \(HEAD -> main\)\n[^]*\n {4}Two\n\n- a\t1\n/)
    expect(await shop.run('show', 'main~1')).toContain('\n+ a\t1\n+ b\t2\n+ c:1\t3\n')
  })

  it('prints names and numbers', async () => {
    const shop = await changed()
    expect(await shop.run('diff', 'main~1', '--name-status')).toBe('M\ta\nD\tb\nA\t[flags] d\n')
    expect(await shop.run('diff', 'main~1', '--name-only')).toBe('a\nb\n[flags] d\n')
    for (const option of ['--stat', '--summary']) {
      expect(await shop.run('diff', 'main~1', option)).toBe(
        '3 keys changed: 1 added, 1 modified, 1 removed\n',
      )
    }
    expect(await shop.run('diff', 'main~1', '--stat', '--format', 'json')).toBe(
      '{"added":1,"modified":1,"removed":1}\n',
    )
    expect(await shop.run('show', '--stat')).toMatch(/\n3 keys changed: 1 added, 1 modified, 1 removed\n$/)
    expect((await shop.try(['diff', '--stat', '--name-only'])).code).toBe(2)
  })

  it('prints JSON with stable fields', async () => {
    const shop = await changed()
    expect(objects(await shop.run('diff', 'main~1', '--format', 'json'))).toEqual([
      { type: 'modified', key: 'a', oldValue: '1', newValue: 'two\nlines' },
      { type: 'removed', key: 'b', oldValue: '2' },
      { type: 'added', namespace: 'flags', key: 'd', newValue: '4' },
    ])
    const [commit, ...changes] = objects(await shop.run('show', '--format', 'json', '--name-only'))
    expect(commit).toMatchObject({ message: expect.stringMatching(/^Two/) })
    expect(changes).toEqual([
      { type: 'modified', key: 'a' },
      { type: 'removed', key: 'b' },
      { type: 'added', namespace: 'flags', key: 'd' },
    ])
  })

  it('limits what is compared', async () => {
    const shop = await changed()
    await shop.run('set', 'c:1', '4')
    expect(await shop.run('diff', '--prefix', 'c:')).toBe('- c:1\t3\n+ c:1\t4\n')
    expect(await shop.run('diff', 'main~1', '--prefix', 'c:')).toBe('- c:1\t3\n+ c:1\t4\n')
    expect(await shop.run('diff', 'main~1', '--namespace', 'flags')).toBe('+ [flags] d\t4\n')
  })

  it('answers 1 for changes when asked to', async () => {
    const shop = await changed()
    const { code, stdout } = await shop.try(['diff', '--exit-code', 'main~1'])
    expect(code).toBe(1)
    expect(stdout).not.toBe('')
    expect(await shop.try(['diff', '--quiet', 'main~1'])).toMatchObject({ code: 1, stdout: '' })
    expect(await shop.try(['diff', '--quiet'])).toMatchObject({ code: 0, stdout: '' })
    expect((await shop.try(['diff', '--exit-code'])).code).toBe(0)
  })

  it('refuses what it cannot compare', async () => {
    const shop = await changed()
    expect((await shop.try(['diff', 'main..HEAD', 'main'])).code).toBe(2)
    expect((await shop.try(['diff', 'nowhere'])).code).toBe(128)
  })

  it('compares with what two branches have in common', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' })
    await shop.run('checkout', '-q', '-b', 'feature')
    await shop.commit({ f: '1' })
    await shop.run('checkout', '-q', 'main')
    await shop.commit({ m: '1' })
    expect(await shop.run('diff', 'main...feature')).toBe('+ f\t1\n')
    expect(await shop.run('diff', 'feature...')).toBe('+ m\t1\n')
  })

  it('picks keys by a pattern', async () => {
    const shop = await Shop.open()
    await shop.commit({ 'user:1': 'a', 'user:22': 'b', other: 'c' })
    expect(await shop.run('diff', 'HEAD', '--keys', '*')).toBe('')
    await shop.run('delete', 'user:1', 'user:22', 'other')
    expect(await shop.run('diff', '--name-only', '--keys', 'user:?')).toBe('user:1\n')
    expect(await shop.run('diff', '--stat', '--keys', '*r*')).toBe(
      '3 keys changed: 0 added, 0 modified, 3 removed\n',
    )
    expect((await shop.try(['diff', '--keys', '[a'])).code).toBe(2)
    expect((await shop.try(['diff', '--keys', 'a', '--prefix', 'a'])).code).toBe(2)
  })

  it('colours only when asked to, or on a terminal', async () => {
    const shop = await changed()
    const diff = (args: string[], options = {}) =>
      cli([...args, 'diff', 'main~1'], { cwd: shop.folder, ...options })
    expect((await diff([])).stdout).not.toContain('\u001b')
    expect((await diff(['--color', 'always'])).stdout).toContain('\u001b[31m- a\t1')
    expect((await diff([], { terminal: true, env: { GIT_PAGER: 'cat' } })).stdout).toContain('\u001b[31m')
    expect(
      (await diff([], { terminal: true, env: { GIT_PAGER: 'cat', NO_COLOR: '1' } })).stdout,
    ).not.toContain('\u001b')
    expect(
      (await diff(['--color', 'never'], { terminal: true, env: { GIT_PAGER: 'cat' } })).stdout,
    ).not.toContain('\u001b')
  })
})
