import { describe, expect, it } from 'vitest'
import { objects, Shop } from './support/folder.js'

describe('branch', () => {
  it('lists, makes, renames and deletes', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    await shop.commit({ a: '2' }, 'Two')
    await shop.run('branch', 'old', 'main~1')
    await shop.run('branch', 'feature')
    expect(await shop.run('branch')).toBe('  feature\n* main\n  old\n')
    expect(await shop.run('branch', '-v')).toMatch(
      /^ {2}feature [0-9a-f]{10} Two\n\* main {4}[0-9a-f]{10} Two\n {2}old {5}[0-9a-f]{10} One\n$/,
    )
    expect(await shop.run('branch', '--show-current')).toBe('main\n')
    await shop.run('branch', '-m', 'feature', 'better')
    await shop.run('branch', '-m', 'trunk')
    expect(await shop.run('branch', '-d', 'better', 'old')).toMatch(
      /^Deleted branch better \(was [0-9a-f]{10}\)\.\nDeleted branch old/,
    )
    expect(objects(await shop.run('branch', '--format', 'json'))).toEqual([
      { name: 'trunk', commit: expect.stringMatching(/^[0-9a-f]{40}$/), current: true, remote: false },
    ])
  })

  it('refuses what would lose or confuse', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    await shop.run('checkout', '-q', '-b', 'feature')
    await shop.commit({ a: '2' }, 'Two')
    await shop.run('checkout', '-q', 'main')
    const fails = async (...args: string[]) => {
      const { code, stderr } = await shop.try(['branch', ...args])
      expect(code, args.join(' ')).toBe(stderr.startsWith('fatal:') ? 128 : 1)
      return stderr
    }
    expect(await fails('feature')).toContain('PROLLY_ALREADY_EXISTS')
    expect(await fails('-d', 'main')).toMatch(/^error: .*main.*PROLLY_CONFLICT/)
    expect(await fails('-d', 'feature')).toMatch(/^error: .*feature.*PROLLY_CONFLICT/)
    expect(await fails('-d', 'featrue')).toContain('hint: did you mean "feature"?')
    expect(await fails('bad name')).toContain('PROLLY_INVALID_ARGUMENT')
    expect(await fails('new', 'nowhere')).toContain('PROLLY_NOT_FOUND')
    expect(await shop.run('branch')).toBe('  feature\n* main\n')
    expect(await shop.run('branch', '-D', 'feature')).toContain('Deleted branch feature')
    expect((await shop.try(['branch', '-d'])).code).toBe(2)
    expect((await shop.try(['branch', 'a', 'b', 'c'])).code).toBe(2)
  })
})

describe('checkout', () => {
  it('switches, makes branches and detaches', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    expect((await shop.try(['checkout', '-b', 'feature'])).stderr).toBe(
      "Switched to a new branch 'feature'\n",
    )
    await shop.commit({ a: '2' }, 'Two')
    expect((await shop.try(['checkout', 'main'])).stderr).toBe("Switched to branch 'main'\n")
    expect(await shop.run('get', 'a')).toBe('1\n')
    expect((await shop.try(['checkout', 'feature~0'])).stderr).toMatch(/^HEAD is now at [0-9a-f]{10}\n$/)
    expect(await shop.run('get', 'a')).toBe('2\n')
    await shop.run('checkout', '-q', '-b', 'third', 'main')
    expect(await shop.run('get', 'a')).toBe('1\n')
  })

  it('keeps staged changes unless forced', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    await shop.run('branch', 'feature')
    await shop.run('set', 'a', '2')
    const { code, stderr } = await shop.try(['checkout', 'feature'])
    expect(code).toBe(128)
    expect(stderr).toContain('PROLLY_STAGED_CHANGES')
    expect(await shop.run('get', 'a')).toBe('2\n')
    await shop.run('checkout', '-q', '-f', 'feature')
    expect(await shop.run('get', 'a')).toBe('1\n')
  })

  it('knows misspelt branches', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' })
    const { code, stderr } = await shop.try(['checkout', 'mian'])
    expect(code).toBe(128)
    expect(stderr).toMatch(/\(PROLLY_NOT_FOUND\)\nhint: did you mean "main"\?\n$/)
    expect(await shop.run('branch', '--show-current')).toBe('main\n')
  })
})

describe('merge', () => {
  /** `main` and `feature` both changed `a` and `n`, and each a key of its own. */
  const forked = async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1', b: '1', c: '1', gone: '1' }, 'Base')
    await shop.run('checkout', '-q', '-b', 'feature')
    await shop.run('delete', 'gone')
    await shop.commit({ a: 'theirs', b: 'theirs', new: 'theirs' }, 'Theirs')
    await shop.run('checkout', '-q', 'main')
    await shop.commit({ a: 'ours', c: 'ours', gone: 'ours', new: 'ours' }, 'Ours')
    return shop
  }

  it('lists conflicts, changes nothing and answers 1', async () => {
    const shop = await forked()
    const before = await shop.run('log', '--format', 'json')
    for (const args of [
      ['merge', 'feature'],
      ['merge', 'feature', '--dry-run'],
    ]) {
      const { code, stdout, stderr } = await shop.try(args)
      expect(code).toBe(1)
      expect(stdout).toBe('both modified\ta\nmodified here, deleted there\tgone\nboth added\tnew\n')
      expect(stderr).toMatch(/^error: 3 conflicts: nothing was changed\nhint: .*--strategy/)
    }
    expect(await shop.run('log', '--format', 'json')).toBe(before)
    expect(await shop.run('status')).toContain('nothing staged')
    expect(await shop.run('get', 'b')).toBe('1\n')
  })

  it('lists conflicts as JSON', async () => {
    const shop = await forked()
    const { code, stdout } = await shop.try(['merge', 'feature', '--format', 'json'])
    expect(code).toBe(1)
    expect(objects(stdout)).toEqual([
      { type: 'conflict', key: 'a', base: '1', destination: 'ours', source: 'theirs' },
      { type: 'conflict', key: 'gone', base: '1', destination: 'ours' },
      { type: 'conflict', key: 'new', destination: 'ours', source: 'theirs' },
    ])
  })

  it.each([
    ['take-source', 'a\ttheirs\nb\ttheirs\nc\tours\nnew\ttheirs\n'],
    ['take-destination', 'a\tours\nb\ttheirs\nc\tours\ngone\tours\nnew\tours\n'],
    ['ignore-all', 'a\tours\nb\ttheirs\nc\tours\ngone\tours\nnew\tours\n'],
    ['takeSource', 'a\ttheirs\nb\ttheirs\nc\tours\nnew\ttheirs\n'],
  ])('settles conflicts with %s', async (strategy, result) => {
    const shop = await forked()
    expect(await shop.run('merge', 'feature', '--dry-run', '-s', strategy)).toBe(
      'Would merge: 3 conflicts settled.\n',
    )
    expect(await shop.run('merge', 'feature', '-s', strategy, '-m', 'Join')).toMatch(
      /^Merged in commit [0-9a-f]{10}: 3 conflicts settled\.\n$/,
    )
    expect(await shop.run('list')).toBe(result)
    const [commit] = objects(await shop.run('log', '--format', 'json')) as {
      parents: string[]
      message: string
    }[]
    expect(commit?.parents).toHaveLength(2)
    expect(commit?.message.trim()).toBe('Join')
    expect(await shop.run('merge', 'feature')).toBe('Already up to date.\n')
    expect(await shop.run('log', '-n', '1')).toMatch(/\nMerge: [0-9a-f]{10} [0-9a-f]{10}\n/)
  })

  it('fast-forwards, or makes a commit, as it is told', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'One')
    await shop.run('branch', 'stay')
    await shop.run('checkout', '-q', '-b', 'feature')
    await shop.commit({ a: '2' }, 'Two')
    await shop.run('checkout', '-q', 'stay')
    expect(await shop.run('merge', 'feature', '--dry-run')).toMatch(/^Would fast-forward to/)
    expect(objects(await shop.run('merge', 'feature', '--format', 'json', '--no-ff'))).toMatchObject([
      { kind: 'merged', conflicts: 0 },
    ])
    await shop.run('checkout', '-q', 'main')
    expect(await shop.run('merge', '--ff-only', 'feature')).toMatch(/^Fast-forwarded to [0-9a-f]{10}\.\n$/)
    expect((await shop.try(['merge', 'feature', '--ff-only', '--no-ff'])).code).toBe(2)
    const fork = await forked()
    expect((await fork.try(['merge', 'feature', '--ff-only', '-s', 'take-source'])).code).toBe(128)
  })

  it('refuses staged changes, unknown branches and unknown strategies', async () => {
    const shop = await forked()
    expect((await shop.try(['merge', 'featrue'])).stderr).toContain('did you mean "feature"?')
    const { code, stderr } = await shop.try(['merge', 'feature', '--strategy', 'ours'])
    expect(code).toBe(2)
    expect(stderr).toContain('there is no strategy "ours"')
    await shop.run('set', 'z', '1')
    const staged = await shop.try(['merge', 'feature', '-s', 'take-source'])
    expect(staged.code).toBe(128)
    expect(staged.stderr).toContain('PROLLY_STAGED_CHANGES')
  })
})
