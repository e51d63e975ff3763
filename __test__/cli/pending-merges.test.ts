import { describe, expect, it } from 'vitest'
import { objects, Shop } from './support/folder.js'

async function crossed(): Promise<Shop> {
  const shop = await Shop.open()
  await shop.commit({ apple: '1', pear: '1', plum: '1' }, 'Begin')
  await shop.run('checkout', '-b', 'feature')
  await shop.run('delete', 'plum')
  await shop.commit({ apple: '2', pear: '2', fig: '2' }, 'Two')
  await shop.run('checkout', 'main')
  await shop.commit({ apple: '3', pear: '3', plum: '3' }, 'Three')
  return shop
}

const HINT =
  'hint: "git-prolly conflicts" and "git-prolly resolve", then "git-prolly merge --continue"; "git-prolly merge --abort" drops it\n'

describe('merge --resolve', () => {
  it('leaves conflicts to be settled by further commands', async () => {
    const shop = await crossed()
    expect(await shop.try(['merge', 'feature', '--resolve'])).toMatchObject({
      code: 1,
      stdout: 'both modified\tapple\nboth modified\tpear\nmodified here, deleted there\tplum\n',
      stderr: `error: 3 conflicts to settle\n${HINT}`,
    })
    expect(await shop.run('status')).toBe(`On branch main

A merge of feature is under way: 3 conflicts left
  ("git-prolly conflicts" and "git-prolly resolve", then "git-prolly merge --continue"; "git-prolly merge --abort" drops it)
\tboth modified\tapple
\tboth modified\tpear
\tmodified here, deleted there\tplum

Staged changes:
\tadded:    fig

1 key changed: 1 added, 0 modified, 0 removed
`)
    expect(await shop.run('conflicts', 'pear')).toBe(
      'both modified\tpear\nbase\t1\ndestination\t3\nsource\t2\n',
    )
    expect(objects(await shop.run('conflicts', '--format', 'json'))).toContainEqual({
      type: 'conflict',
      key: 'plum',
      base: '1',
      destination: '3',
    })

    expect(await shop.try(['resolve', 'apple', '2 and 3'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '2 conflicts left\n',
    })
    expect(await shop.try(['merge', '--continue'])).toMatchObject({ code: 1, stdout: '' })
    expect((await shop.try(['commit', '-m', 'No'])).stderr).toMatch(
      /^fatal: cannot commit while a merge is under way.*\nhint: "git-prolly status"/,
    )
    await shop.run('resolve', 'plum', '--take', 'source', '-q')
    await shop.run('set', 'pear', '4')
    expect(await shop.run('conflicts')).toBe('')
    expect(await shop.run('merge', '--continue')).toMatch(/^Merged in commit [0-9a-f]{10}\.\n$/)
    expect(await shop.run('list')).toBe('apple\t2 and 3\nfig\t2\npear\t4\n')
    expect(objects(await shop.run('log', '-n', '1', '--format', 'json'))).toMatchObject([
      { message: "Merge 'feature' into 'main'", parents: { length: 2 } },
    ])
  })

  it('takes one side of everything, deletes, and aborts', async () => {
    const shop = await crossed()
    await shop.try(['merge', 'feature', '--resolve', '--format', 'json'])
    await shop.run('resolve', 'apple', '--delete')
    const left = await shop.try(['resolve', '--all', '--take', 'destination'])
    expect(left.stderr).toBe(
      '"git-prolly merge --continue" commits it; "git-prolly merge --abort" drops it\n',
    )
    expect(await shop.run('list')).toBe('fig\t2\npear\t3\nplum\t3\n')
    await shop.run('merge', '--abort')
    expect(await shop.run('list')).toBe('apple\t3\npear\t3\nplum\t3\n')
    expect((await shop.try(['merge', '--abort'])).code).toBe(1)
  })

  it('is one merge, revert or cherry-pick at a time', async () => {
    const shop = await crossed()
    const conflicting = await shop.try(['cherry-pick', 'feature', '--resolve'])
    expect(conflicting).toMatchObject({ code: 1 })
    expect(conflicting.stderr).toContain('git-prolly cherry-pick --continue')
    expect(await shop.try(['merge', '--continue'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a cherry-pick is under way') as string,
    })
    expect(await shop.try(['revert', 'HEAD'])).toMatchObject({ code: 128 })
    await shop.run('resolve', '--all', '--take', 'source', '-q')
    expect(await shop.run('cherry-pick', '--continue', '--message', 'Picked')).toMatch(/^Picked in commit/)
    expect(await shop.run('list')).toBe('apple\t2\nfig\t2\npear\t2\n')
    expect(objects(await shop.run('log', '-n', '1', '--format', 'json'))).toMatchObject([
      { message: 'Picked', parents: { length: 1 } },
    ])
  })

  it('says what is wrong with the command line', async () => {
    const shop = await crossed()
    for (const [args, code] of [
      [['merge'], 2],
      [['merge', '--continue', '--abort'], 2],
      [['merge', 'feature', '--continue'], 2],
      [['merge', 'feature', '--resolve', '--strategy', 'take-source'], 128],
      [['merge', '--continue'], 1],
      [['conflicts'], 1],
      [['resolve', 'apple'], 2],
      [['resolve', 'apple', '1', '--delete'], 2],
      [['resolve', '--all'], 2],
      [['resolve', '--all', 'apple', '--take', 'source'], 2],
      [['resolve', 'apple', '1'], 1],
    ] as [string[], number][]) {
      expect(await shop.try(args), args.join(' ')).toMatchObject({ code })
    }
    await shop.try(['merge', 'feature', '--resolve'])
    expect((await shop.try(['conflicts', 'fig'])).code).toBe(1)
  })
})
