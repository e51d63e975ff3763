import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objects, Shop, temporaryFolder } from './support/folder.js'
import { cli } from './support/in-process.js'

describe('set and get', () => {
  it('keep a value, and print it with a line break', async () => {
    const shop = await Shop.open()
    expect(await shop.run('set', 'apple', '10')).toBe('')
    expect(await shop.run('get', 'apple')).toBe('10\n')
    expect(await shop.run('get', 'apple', '--raw')).toBe('10')
    expect(await shop.run('get', 'apple', '--format', 'json')).toBe('{"key":"apple","value":"10"}\n')
    await shop.run('set', 'apple', '')
    expect(await shop.run('get', 'apple', '--raw')).toBe('')
  })

  it('answer 1 for a key that is not there', async () => {
    const shop = await Shop.open()
    const { code, stdout, stderr } = await shop.try(['get', 'apple'])
    expect([code, stdout, stderr]).toEqual([1, '', 'error: there is no key apple\n'])
  })

  it('take any bytes', async () => {
    const shop = await Shop.open()
    const value = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    writeFileSync(join(shop.folder, 'value'), value)
    await shop.run('set', '--hex', '00ff0a', '--file', 'value')
    await shop.feed(value, 'set', '--base64', 'AAEC', '--file', '-')
    await shop.run('set', '--hex', 'fe', '0d0a')
    expect((await shop.try(['get', '--hex', '00FF0A', '--raw'])).bytes).toEqual(value)
    expect((await shop.try(['get', '--hex', '000102', '--raw'])).bytes).toEqual(value)
    expect((await shop.try(['get', '--base64', '/g==', '--raw'])).bytes).toEqual(Buffer.from('\r\n'))
    expect(objects(await shop.run('list', '--keys', '--format', 'json'))).toEqual([
      { key: '\u0000\u0001\u0002' },
      { key: { base64: 'AP8K' } },
      { key: { base64: '/g==' } },
    ])
    expect(await shop.run('list', '--keys')).toBe('"\\000\\001\\002"\n"\\000\\377\\n"\n"\\376"\n')
  })

  it('want one value, no more and no less', async () => {
    const shop = await Shop.open()
    expect((await shop.try(['set', 'a'])).code).toBe(2)
    expect((await shop.try(['set', 'a', 'b', '--file', 'c'])).code).toBe(2)
    expect((await shop.try(['set', '--hex', 'a', 'b'])).stderr).toContain('"a" is not hexadecimal')
    const { code, stderr } = await shop.try(['set', 'a', '--file', 'missing'])
    expect(code).toBe(128)
    expect(stderr).toMatch(/^fatal: cannot open '.*missing': no such file or directory \(ENOENT\)\n$/)
  })

  it('report a key that is too long as the library does', async () => {
    const shop = await Shop.open()
    const { code, stderr } = await shop.try(['set', 'k'.repeat(8193), ''])
    expect(code).toBe(128)
    expect(stderr).toContain('(PROLLY_INVALID_ARGUMENT)')
    await shop.run('set', 'k'.repeat(8192), '')
  })
})

describe('delete', () => {
  it('removes keys, all or none', async () => {
    const shop = await Shop.open()
    for (const key of ['a', 'b', 'c']) await shop.run('set', key, '1')
    const { code, stderr } = await shop.try(['delete', 'a', 'x', 'b'])
    expect(code).toBe(1)
    expect(stderr).toContain('there is no key x: nothing was deleted')
    expect(await shop.run('list', '--keys')).toBe('a\nb\nc\n')
    await shop.run('delete', 'a', 'b')
    expect(await shop.run('list', '--keys')).toBe('c\n')
    await shop.run('delete', '--ignore-missing', 'a', 'c')
    expect(await shop.run('list')).toBe('')
  })

  it('removes a prefix', async () => {
    const shop = await Shop.open()
    for (const key of ['a', 'b:1', 'b:2', 'c']) await shop.run('set', key, '1')
    await shop.run('delete', '--prefix', 'b:')
    expect(await shop.run('list', '--keys')).toBe('a\nc\n')
    expect((await shop.try(['delete'])).code).toBe(2)
  })
})

describe('list', () => {
  const filled = async () => {
    const shop = await Shop.open()
    await shop.feed(
      ['a', 'b:1', 'b:2', 'b:3', 'c'].map((key) => JSON.stringify({ key, value: `v${key}` })).join('\n'),
      'import',
      '-q',
    )
    return shop
  }
  const keys = (text: string) => text.split('\n').slice(0, -1)

  it('prints keys and values in order', async () => {
    const shop = await filled()
    expect(await shop.run('list')).toBe('a\tva\nb:1\tvb:1\nb:2\tvb:2\nb:3\tvb:3\nc\tvc\n')
    expect(await shop.run('list', '--values', '-n', '2')).toBe('va\nvb:1\n')
    expect(await shop.run('list', '--values', '-n', '1', '--format', 'json')).toBe('{"value":"va"}\n')
  })

  it('takes bounds', async () => {
    const shop = await filled()
    const list = async (...args: string[]) => keys(await shop.run('list', '--keys', ...args))
    expect(await list('b:')).toEqual(['b:1', 'b:2', 'b:3'])
    expect(await list('--gt', 'a', '--lt', 'b:3')).toEqual(['b:1', 'b:2'])
    expect(await list('--gte', 'b:3', '--lte', 'c')).toEqual(['b:3', 'c'])
    expect(await list('--reverse', '-n', '2')).toEqual(['c', 'b:3'])
    expect(await list('--hex', '623a')).toEqual(['b:1', 'b:2', 'b:3'])
    expect(await list('-n', '0')).toEqual([])
  })

  it('counts', async () => {
    const shop = await filled()
    expect(await shop.run('list', '--count')).toBe('5\n')
    expect(await shop.run('list', '--count', 'b:', '--format', 'json')).toBe('{"count":3}\n')
    expect(await shop.run('list', '--count', '-n', '2')).toBe('2\n')
  })

  it('reads versions of the past', async () => {
    const shop = await filled()
    await shop.run('commit', '-q', '-m', 'One')
    await shop.run('delete', '--prefix', 'b:')
    await shop.run('commit', '-q', '-m', 'Two')
    expect(await shop.run('list', '--keys')).toBe('a\nc\n')
    expect(await shop.run('list', '--count', '--at', 'main~1')).toBe('5\n')
    expect(await shop.run('get', 'b:1', '--at', 'HEAD~1')).toBe('vb:1\n')
    expect((await shop.try(['get', 'b:1', '--at', 'HEAD'])).code).toBe(1)
  })

  it('keeps namespaces apart', async () => {
    const shop = await filled()
    await shop.run('set', 'a', 'other', '--namespace', 'flags')
    expect(await shop.run('get', 'a')).toBe('va\n')
    expect(await shop.run('get', 'a', '--namespace', 'flags')).toBe('other\n')
    expect(await shop.run('list', '--namespaces')).toBe('flags\n')
    expect(objects(await shop.run('list', '--namespaces', '--format', 'json'))).toEqual([
      { namespace: 'flags', entries: 1 },
    ])
    await shop.run('commit', '-q', '-m', 'One')
    await shop.run('delete', 'a', '--namespace', 'flags')
    expect(await shop.run('list', '--namespace', 'flags')).toBe('')
    expect(await shop.run('list', '--namespace', 'flags', '--at', 'main')).toBe('a\tother\n')
  })

  it('refuses what makes no sense', async () => {
    const shop = await Shop.open()
    for (const args of [
      ['--keys', '--values'],
      ['-n', '-1'],
      ['-n', 'x'],
      ['--format', 'xml'],
    ]) {
      expect((await shop.try(['list', ...args])).code, args.join(' ')).toBe(2)
    }
  })
})

describe('the store', () => {
  it('is found upwards, by -C, by --git-dir and by GIT_DIR', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'a', '1')
    const elsewhere = temporaryFolder()
    const get = async (args: string[], options: Parameters<typeof cli>[1]) =>
      (await cli([...args, 'get', 'a'], options)).stdout
    const inside = join(shop.folder, 'x', 'y')
    await cli(['init', '-q', join(elsewhere, 'other')])
    const { mkdirSync } = await import('node:fs')
    mkdirSync(inside, { recursive: true })
    expect(await get([], { cwd: inside })).toBe('1\n')
    expect(await get(['-C', shop.folder], { cwd: elsewhere })).toBe('1\n')
    expect(await get(['-C', shop.folder, '-C', 'x'], { cwd: elsewhere })).toBe('1\n')
    expect(await get(['--git-dir', join(shop.folder, '.git')], { cwd: elsewhere })).toBe('1\n')
    expect(await get([], { cwd: elsewhere, env: { GIT_DIR: join(shop.folder, '.git') } })).toBe('1\n')
  })

  it('is missed with a message', async () => {
    const { code, stdout, stderr } = await cli(['list'], { cwd: temporaryFolder() })
    expect([code, stdout]).toEqual([128, ''])
    expect(stderr).toMatch(/^fatal: there is no store .*\(PROLLY_NOT_FOUND\)\n$/)
  })

  it('is not made twice', async () => {
    const shop = await Shop.open()
    const { code, stderr } = await shop.try(['init'])
    expect(code).toBe(128)
    expect(stderr).toContain('(PROLLY_ALREADY_EXISTS)')
  })

  it('begins on the branch asked for', async () => {
    const folder = temporaryFolder()
    expect((await cli(['init', '-b', 'trunk', 'new/store'], { cwd: folder })).stdout).toMatch(
      /^Initialized empty store in .*\/new\/store\/\.git\/?\n$/,
    )
    expect((await cli(['branch', '--show-current'], { cwd: join(folder, 'new', 'store') })).stdout).toBe(
      'trunk\n',
    )
  })
})
