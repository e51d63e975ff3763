import { describe, expect, it } from 'vitest'
import { objects, Shop } from './support/folder.js'

/** Commit ids are not the same in two runs. */
const plain = (text: string): string => text.replaceAll(/[0-9a-f]{10,40}/g, 'ID')

async function countedTwice(): Promise<Shop> {
  const shop = await Shop.open()
  await shop.commit({ apple: '10', pear: '20' }, 'Count the fruit')
  await shop.commit({ pear: '21' }, 'Count the pears')
  await shop.commit({ apple: '11' }, 'Count again')
  return shop
}

describe('history', () => {
  it('shows the commits that changed a key, with its values', async () => {
    const shop = await countedTwice()
    expect(plain(await shop.run('history', 'apple', '--oneline'))).toBe(`ID (HEAD -> main) Count again
- apple\t10
+ apple\t11
ID Count the fruit
+ apple\t10
`)
    const [last, first] = objects(await shop.run('history', 'apple', '--format', 'json'))
    expect(last).toMatchObject({
      type: 'modified',
      key: 'apple',
      oldValue: '10',
      newValue: '11',
      commit: { message: 'Count again', refs: ['HEAD -> main'] },
    })
    expect(first).toMatchObject({ type: 'added', newValue: '10' })
    expect(await shop.run('history', 'apple', '-n', '1', 'HEAD~1')).toMatch(
      /^commit [0-9a-f]{40}\nAuthor: .*\nDate: .*\n\n {4}Count the fruit\n\n\+ apple\t10\n$/,
    )
    expect(objects(await shop.run('history', '', '--prefix', '--format', 'json'))).toHaveLength(4)
  })

  it('answers no when there is nothing to show', async () => {
    const shop = await countedTwice()
    expect(await shop.try(['history', 'plum'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'error: no commit changed the key plum\n',
    })
    expect((await shop.try(['history', 'apple', 'mian'])).stderr).toContain('did you mean "main"?')
    expect((await shop.try(['history', 'apple', '--namespace', 'no'])).code).toBe(128)
  })

  it('follows a namespace and binary keys', async () => {
    const shop = await Shop.open()
    await shop.run('set', '--hex', 'ff00', '01', '--namespace', 'bits')
    await shop.run('commit', '-q', '-m', 'Bits')
    const [entry] = objects(
      await shop.run('history', '--hex', 'ff00', '--namespace', 'bits', '--format', 'json'),
    )
    expect(entry).toMatchObject({ key: { base64: '/wA=' }, commit: { message: 'Bits' } })
  })
})

describe('log of keys', () => {
  it('shows only the commits that changed them', async () => {
    const shop = await countedTwice()
    expect(plain(await shop.run('log', '--oneline', '--', 'pear'))).toBe(
      'ID Count the pears\nID Count the fruit\n',
    )
    expect(plain(await shop.run('log', '--oneline', 'HEAD~1..', '--', 'pear', 'apple'))).toBe(
      'ID (HEAD -> main) Count again\n',
    )
    expect(await shop.try(['log', 'main', 'pear'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('put "--" before keys') as string,
    })
    expect((await shop.try(['log', '--namespace', 'flags'])).code).toBe(2)
  })

  it('counts what each commit changed', async () => {
    const shop = await countedTwice()
    expect(plain(await shop.run('log', '--oneline', '--stat', '-n', '1'))).toBe(
      'ID (HEAD -> main) Count again\n 1 key changed: 0 added, 1 modified, 0 removed\n',
    )
    const [, , first] = objects(await shop.run('log', '--stat', '--format', 'json'))
    expect(first).toMatchObject({ changes: { added: 2, modified: 0, removed: 0 } })
  })

  it('takes the commits that only one of two branches has', async () => {
    const shop = await countedTwice()
    await shop.run('checkout', '-q', '-b', 'feature', 'HEAD~1')
    await shop.commit({ plum: '1' }, 'Plums')
    expect(
      plain(await shop.run('log', '--oneline', 'main...feature'))
        .split('\n')
        .toSorted(),
    ).toEqual(['', 'ID (HEAD -> feature) Plums', 'ID (main) Count again'])
  })
})

describe('log --graph', () => {
  it('draws branches and merges', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1' }, 'Begin')
    await shop.run('checkout', '-q', '-b', 'feature')
    await shop.commit({ f: '1' }, 'Feature')
    await shop.run('checkout', '-q', 'main')
    await shop.run('merge', 'feature', '--no-ff', '-m', 'Join')
    expect(plain(await shop.run('log', '--graph', '--oneline'))).toBe(`* ID (HEAD -> main) Join
|\\
| * ID (feature) Feature
|/
* ID Begin
`)
    const [, second] = (await shop.run('log', '--graph', '-n', '1', '--stat')).split('\n')
    expect(second).toMatch(/^ {2}Merge: /)
    expect((await shop.try(['log', '--graph', '--', 'a'])).code).toBe(2)
    expect((await shop.try(['log', '--graph', '--format', 'json'])).code).toBe(2)
  })
})

describe('stats', () => {
  it('counts what a version is made of', async () => {
    const shop = await Shop.open()
    const lines = Array.from({ length: 3000 }, (_, row) =>
      JSON.stringify({ key: `row:${row}`, value: 'x'.repeat(50) }),
    )
    await shop.feed(lines.join('\n'), 'import', '-q')
    await shop.run('set', 'long', 'y'.repeat(5000))
    await shop.run('set', 'dark', 'on', '--namespace', 'flags')
    await shop.run('commit', '-q', '-m', 'Rows')
    await shop.commit({ 'row:7': 'changed' }, 'One row')
    const [first] = objects(await shop.run('stats', 'HEAD~1', '--format', 'json')) as Record<string, number>[]
    expect(first).toMatchObject({ entries: 3002, outOfLine: { values: 1 } })
    expect(first?.newNodes).toBe((first?.nodes ?? 0) - 1)
    const [second] = objects(await shop.run('stats', '--format', 'json')) as Record<string, number>[]
    expect(second).toMatchObject({ entries: 3002, newNodes: second?.depth })
    expect(plain(await shop.run('stats'))).toMatch(
      /^ID One row\nentries: 3,002\ndepth: {3}\d levels\nnodes: {3}\d+, [\d.]+ KiB\nleaves: {2}[^]*\nvalues: {2}1 outside[^]*\nnew: {5}\d, [\d.]+ KiB: \d\d % are shared with the parent\n$/,
    )
    expect((await shop.try(['stats', 'v9'])).code).toBe(128)
  })
})

describe('keys-at', () => {
  it('lists the keys of a version', async () => {
    const shop = await countedTwice()
    await shop.run('delete', 'apple')
    expect(await shop.run('keys-at', 'HEAD')).toBe('apple\npear\n')
    expect(objects(await shop.run('keys-at', 'HEAD~2', 'p', '--format', 'json'))).toEqual([{ key: 'pear' }])
    expect((await shop.try(['keys-at', 'v9'])).code).toBe(128)
  })
})
