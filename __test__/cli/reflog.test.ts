import { describe, expect, it } from 'vitest'
import { objects, Shop } from './support/folder.js'

const plain = (text: string): string => text.replaceAll(/[0-9a-f]{10}/g, 'ID')

describe('reflog', () => {
  it('leads back to what a reset left behind', async () => {
    const shop = await Shop.open()
    await shop.commit({ apple: '10' }, 'Begin')
    await shop.commit({ apple: '11' }, 'Count again')
    await shop.run('reset', '--hard', 'HEAD~1')
    expect(plain(await shop.run('reflog'))).toBe(`ID HEAD@{0}: reset: moving to HEAD~1
ID HEAD@{1}: commit: Count again
ID HEAD@{2}: commit (initial): Begin
`)
    await shop.run('reset', '--hard', 'HEAD@{1}')
    expect(await shop.run('get', 'apple')).toBe('11\n')
    expect(plain(await shop.run('reflog', 'main', '-n', '1'))).toBe(
      'ID main@{0}: reset: moving to HEAD@{1}\n',
    )
    const [last] = objects(await shop.run('reflog', '--format', 'json'))
    expect(last).toMatchObject({
      name: 'HEAD@{0}',
      committer: { name: 'Ada Lovelace', email: 'ada@example.org' },
      message: 'reset: moving to HEAD@{1}',
    })
    const commit = (last as { commit: string }).commit
    expect(await shop.run('log', '-n', '1', '--format', 'json')).toContain(commit)
  })

  it('knows branches that are there', async () => {
    const shop = await Shop.open()
    expect(await shop.run('reflog')).toBe('')
    expect(await shop.try(['reflog', 'mian'])).toMatchObject({ code: 128 })
  })
})
