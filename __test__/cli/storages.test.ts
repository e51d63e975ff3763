import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Shop, temporaryFolder } from './support/folder.js'
import { cli, ok } from './support/in-process.js'

describe('--storage', () => {
  it('makes, clones and migrates stores whose data is beside Git', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'shop')
    await ok(['init', '-q', '-b', 'main', '--storage', 'file', path])
    const shop = Shop.at(path)
    await shop.commit({ apple: '10' }, 'Begin')
    expect(existsSync(join(path, '.git', 'prolly', 'nodes'))).toBe(true)
    const root = await shop.root()

    await ok(['init', '-q', join(folder, 'central')])
    const bare = join(folder, 'central')
    await cli(['push', bare, 'main'], { cwd: path })
    await ok(['clone', '-q', '--storage', 'rocksdb', bare, join(folder, 'copy')])
    const copy = Shop.at(join(folder, 'copy'))
    expect(await copy.run('list')).toBe('apple\t10\n')
    expect(await copy.root()).toBe(root)

    expect((await shop.try(['migrate', '--storage', 'git'])).stderr).toBe(
      'moved 1 version from file to git\n',
    )
    expect(existsSync(join(path, '.git', 'prolly', 'nodes'))).toBe(false)
    expect((await shop.try(['migrate', '--storage', 'git'])).stderr).toBe('the data is in git already\n')
    expect(await shop.run('list')).toBe('apple\t10\n')
    expect(await shop.root()).toBe(root)
    expect(await shop.try(['fsck'])).toMatchObject({ code: 0 })
    expect(await copy.try(['fsck'])).toMatchObject({ code: 0 })
  })

  it('names what there is', async () => {
    const folder = temporaryFolder()
    expect(await cli(['init', '--storage', 'tape', folder])).toMatchObject({ code: 2 })
    const shop = await Shop.open()
    expect(await shop.try(['migrate'])).toMatchObject({ code: 2 })
  })
})
