import { describe, expect, it } from 'vitest'
import { objects, Shop } from './support/folder.js'

const plain = (text: string): string => text.replaceAll(/[0-9a-f]{10,40}/g, 'ID')

describe('revert', () => {
  it('undoes a commit with a new one', async () => {
    const shop = await Shop.open()
    await shop.commit({ price: '10' }, 'Begin')
    await shop.commit({ price: '1000', note: 'x' }, 'Raise the price')
    await shop.commit({ color: 'red' }, 'Choose a color')
    expect(await shop.run('revert', 'HEAD~1', '--dry-run')).toBe('Would revert: no conflicts.\n')
    expect(plain(await shop.run('revert', 'HEAD~1'))).toBe('Reverted in commit ID: no conflicts.\n')
    expect(await shop.run('list')).toBe('color\tred\nprice\t10\n')
    expect(plain(await shop.run('log', '--oneline', '-n', '1'))).toBe(
      'ID (HEAD -> main) Revert "Raise the price"\n',
    )
  })

  it('lists conflicts, and takes a strategy', async () => {
    const shop = await Shop.open()
    await shop.commit({ price: '10' }, 'Begin')
    await shop.commit({ price: '1000' }, 'Raise the price')
    await shop.commit({ price: '1001' }, 'Raise it again')
    const refused = await shop.try(['revert', 'HEAD~1'])
    expect(refused).toMatchObject({ code: 1, stdout: 'both modified\tprice\n' })
    expect(refused.stderr).toMatch(/^error: 1 conflict: nothing was changed\nhint: /)
    const [conflict] = objects((await shop.try(['revert', 'HEAD~1', '--format', 'json'])).stdout)
    expect(conflict).toMatchObject({ base: '1000', destination: '1001', source: '10' })
    expect(plain(await shop.run('revert', 'HEAD~1', '-s', 'take-source', '--message', 'Back'))).toBe(
      'Reverted in commit ID: 1 conflict settled.\n',
    )
    expect(await shop.run('get', 'price')).toBe('10\n')
    const nothing = await shop.try(['revert', 'HEAD~2'])
    expect(nothing.code).toBe(1)
  })

  it('wants to know which side of a merge stays', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'Begin')
    await shop.run('checkout', '-q', '-b', 'feature')
    await shop.commit({ f: '1' }, 'Feature')
    await shop.run('checkout', '-q', 'main')
    await shop.run('merge', 'feature', '--no-ff')
    const refused = await shop.try(['revert', 'HEAD'])
    expect(refused).toMatchObject({ code: 128, stdout: '' })
    expect(refused.stderr).toContain('name the parent whose side stays')
    await shop.run('revert', 'HEAD', '-m', '1')
    expect(await shop.run('list')).toBe('a\t1\n')
    expect((await shop.try(['revert', 'HEAD', '-m', '0'])).code).toBe(2)
  })
})

describe('cherry-pick', () => {
  it('makes the changes of another branch, with its author and message', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'Begin')
    await shop.run('checkout', '-q', '-b', 'feature')
    await shop.commit({ x: '1' }, 'Not this')
    await shop.run('set', 'fix', 'yes')
    await shop.run('commit', '-q', '-m', 'Fix it', '--author', 'Grace <grace@example.org>')
    await shop.run('checkout', '-q', 'main')
    expect(plain(await shop.run('cherry-pick', 'feature'))).toBe('Picked in commit ID: no conflicts.\n')
    expect(await shop.run('list')).toBe('a\t1\nfix\tyes\n')
    const [commit] = objects(await shop.run('log', '-n', '1', '--format', 'json'))
    expect(commit).toMatchObject({
      message: 'Fix it',
      author: { name: 'Grace' },
      committer: { name: 'Ada Lovelace' },
    })
    await shop.run('set', 'staged', '1')
    expect((await shop.try(['cherry-pick', 'feature~1'])).stderr).toContain('PROLLY_STAGED_CHANGES')
  })
})

describe('tag', () => {
  it('makes, lists and deletes tags', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'Begin')
    await shop.commit({ a: '2' }, 'Second')
    await shop.run('tag', 'v1.0')
    await shop.run('tag', 'v0.9', 'HEAD~1')
    expect(await shop.run('tag')).toBe('v0.9\nv1.0\n')
    expect(objects(await shop.run('tag', '--format', 'json'))).toMatchObject([
      { name: 'v0.9' },
      { name: 'v1.0' },
    ])
    expect(await shop.run('get', 'a', '--at', 'v0.9')).toBe('1\n')
    expect((await shop.try(['tag', 'v1.0'])).stderr).toContain('PROLLY_ALREADY_EXISTS')
    expect(plain(await shop.run('tag', '-d', 'v0.9'))).toBe('Deleted tag v0.9 (was ID).\n')
    expect((await shop.try(['tag', '-d', 'v0.9'])).code).toBe(128)
    expect((await shop.try(['tag', '-d'])).code).toBe(2)
    expect((await shop.try(['tag', 'a', 'b', 'c'])).code).toBe(2)
  })
})

describe('reset to a revision', () => {
  it('moves the branch and keeps or takes the data', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'Begin')
    await shop.commit({ a: '2' }, 'Second')
    await shop.run('reset', '--soft', 'HEAD~1')
    expect(await shop.run('get', 'a')).toBe('2\n')
    expect(await shop.run('diff')).toBe('- a\t1\n+ a\t2\n')
    await shop.run('commit', '-q', '-m', 'Again')
    await shop.run('set', 'b', '1')
    const moved = await shop.try(['reset', '--hard', 'HEAD~1'])
    expect(plain(moved.stderr)).toBe('HEAD is now at ID Begin\n')
    expect(await shop.run('list')).toBe('a\t1\n')
    // The commit is not lost.
    await shop.run('reset', '-q', '--hard', 'HEAD@{1}')
    expect(await shop.run('get', 'a')).toBe('2\n')
  })

  it('wants to know what becomes of the data', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'Begin')
    expect((await shop.try(['reset', 'HEAD'])).stderr).toContain('say what becomes of the data')
    expect((await shop.try(['reset', '--soft', '--hard', 'HEAD'])).code).toBe(2)
    expect((await shop.try(['reset', '--hard', 'v9'])).code).toBe(128)
  })
})
