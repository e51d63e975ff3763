import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objects, Shop, temporaryFolder } from './support/folder.js'

async function priced(): Promise<{ shop: Shop; root: string; elsewhere: Shop }> {
  const shop = await Shop.open()
  await shop.run('set', 'pear', '180', '--namespace', 'prices')
  await shop.commit({ 'user:1': 'Ada', 'user:2': 'Grace' }, 'Begin')
  return { shop, root: await shop.root(), elsewhere: Shop.at(temporaryFolder()) }
}

describe('prove and verify', () => {
  it('prove keys to somebody who has the root and no store', async () => {
    const { shop, root, elsewhere } = await priced()
    const file = join(elsewhere.folder, 'users.proof')
    const made = await shop.try(['prove', 'user:1', 'user:9', '-o', file])
    expect(made).toMatchObject({ code: 0, stdout: '' })
    expect(made.stderr).toMatch(new RegExp(`^[0-9]+ bytes, for the root ${root} of commit [0-9a-f]{40}\n$`))
    expect(readdirSync(elsewhere.folder)).toEqual(['users.proof'])

    const checked = ['verify', 'users.proof', 'user:1', 'user:9', '--root', root]
    expect(await elsewhere.try(checked)).toMatchObject({
      code: 0,
      stdout: 'user:1\tAda\nuser:9\n',
      stderr: 'the proof holds: 1 of 2 keys there\n',
    })
    expect(objects(await elsewhere.run(...checked, '--format', 'json'))).toEqual([
      { key: 'user:1', value: 'Ada' },
      { key: 'user:9', value: null },
    ])
    expect(await elsewhere.try([...checked, '-q'])).toMatchObject({ code: 0, stdout: '', stderr: '' })

    const proof = readFileSync(file)
    proof[proof.length - 1] = 0
    writeFileSync(file, proof)
    const refused = await elsewhere.try(checked)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^error: .*proof.*\(PROLLY_INVALID_PROOF\)\n$/)
  })

  it('prove ranges and namespaces of any version', async () => {
    const { shop, root } = await priced()
    await shop.commit({ 'user:3': 'Alan' }, 'Another')
    const file = join(shop.folder, '.git', 'p')
    await shop.run('prove', '--prefix', 'user:', '--at', 'HEAD~1', '-o', file)
    expect(await shop.run('verify', file, '--prefix', 'user:', '--at', 'HEAD~1')).toBe(
      'user:1\tAda\nuser:2\tGrace\n',
    )
    expect((await shop.try(['verify', file, '--prefix', 'user:', '--at', 'HEAD'])).code).toBe(1)
    expect((await shop.try(['verify', file, '--prefix', '', '--root', root])).stdout).toBe(
      // The tree is one leaf, so its proof is one of everything.
      'user:1\tAda\nuser:2\tGrace\n',
    )
    await shop.run('prove', '--gte', 'a', '--namespace', 'prices', '-q', '-o', file)
    expect(await shop.run('verify', file, '--gte', 'a', '--namespace', 'prices', '--at', 'main')).toBe(
      'pear\t180\n',
    )
    expect((await shop.try(['verify', file, '--gte', 'a', '--at', 'main'])).code).toBe(1)
  })

  it('work in a pipe', async () => {
    const { shop, root } = await priced()
    const { bytes } = await shop.try(['prove', '--hex', '757365723a31'])
    expect(await shop.feed(bytes, 'verify', '-', 'user:1', '--root', root)).toBe('user:1\tAda\n')
    expect(await shop.try(['prove', 'user:1'], { terminal: true })).toMatchObject({ code: 2, stdout: '' })
  })

  it('say what is wrong with the command line', async () => {
    const { shop, root } = await priced()
    const codes: [string[], number][] = [
      [['prove'], 2],
      [['prove', 'a', '--prefix', 'b'], 2],
      [['prove', 'a', '--at', 'nowhere', '-o', 'x'], 128],
      [['prove', 'a', '-o', 'no/such/folder/x'], 128],
      [['verify', 'x', 'a'], 2],
      [['verify', 'x', 'a', '--root', root, '--at', 'HEAD'], 2],
      [['verify', 'x', '--root', root], 2],
      [['verify', 'missing', 'a', '--root', root], 128],
    ]
    for (const [args, code] of codes) expect(await shop.try(args), args.join(' ')).toMatchObject({ code })
    expect(readdirSync(shop.folder)).toEqual(['.git'])
    writeFileSync(join(shop.folder, '.git', 'p'), 'no proof')
    const refused = await shop.try(['verify', '.git/p', 'a', '--root', '12'])
    expect(refused.stderr).toContain('12')
  })
})
