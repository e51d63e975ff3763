import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objects, Shop, temporaryFolder } from './support/folder.js'

async function opened(): Promise<{ shop: Shop; sale: Shop }> {
  const folder = temporaryFolder()
  const shop = await Shop.open(join(folder, 'shop'))
  await shop.commit({ apple: '10' }, 'Begin')
  return { shop, sale: Shop.at(join(folder, 'sale')) }
}

describe('worktree', () => {
  it('adds, lists and removes', async () => {
    const { shop: main, sale } = await opened()
    const added = await main.try(['worktree', 'add', '../sale'])
    expect(added).toMatchObject({ code: 0, stdout: '' })
    expect(added.stderr).toMatch(new RegExp(`^Worktree ${sale.folder} at [0-9a-f]{10} \\[sale\\]\n$`))
    await sale.commit({ apple: '8' }, 'Cheaper')
    expect(await main.run('get', 'apple')).toBe('10\n')
    expect(await main.run('merge', 'sale')).toMatch(/^Fast-forwarded/)
    expect(await main.run('get', 'apple')).toBe('8\n')

    await main.run('worktree', 'add', '../past', 'HEAD~1')
    const lines = (await sale.run('worktree')).replaceAll(/[0-9a-f]{10}/g, 'ID').split('\n')
    expect(lines.map((line) => line.trim().replace(/ +/, ' '))).toEqual([
      `${main.folder} ID [main]`,
      `${join(main.folder, '../past')} ID (detached HEAD)`,
      `${sale.folder} ID [sale]`,
      '',
    ])
    expect(objects(await main.run('worktree', 'list', '--format', 'json'))[2]).toMatchObject({
      name: 'sale',
      path: sale.folder,
      branch: 'sale',
      current: false,
      missing: false,
    })

    await sale.run('set', 'apple', '7')
    expect((await main.try(['worktree', 'remove', '../sale'])).stderr).toContain('PROLLY_STAGED_CHANGES')
    await main.run('worktree', 'lock', 'sale', '--reason', 'mine')
    expect((await main.try(['worktree', 'remove', 'sale'])).stderr).toContain('mine')
    expect(await main.run('worktree')).toContain('[sale] locked: mine')
    await main.run('worktree', 'unlock', 'sale')
    await main.run('worktree', 'remove', 'sale', '--force')
    expect(existsSync(sale.folder)).toBe(false)
  })

  it('says what cannot be', async () => {
    const { shop: main } = await opened()
    for (const [args, code] of [
      [['worktree', 'move'], 2],
      [['worktree', 'add'], 2],
      [['worktree', 'list', 'x'], 2],
      [['worktree', 'remove', 'x', 'y'], 2],
      [['worktree', 'remove', 'x'], 1],
      [['worktree', 'remove', '.'], 1],
      [['worktree', 'add', '../x', 'nowhere'], 128],
      [['worktree', 'add', '../x', 'main'], 1],
    ] as [string[], number][]) {
      expect(await main.try(args), args.join(' ')).toMatchObject({ code })
    }
  })
})
