import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { objects, Shop } from './support/folder.js'

describe('import', () => {
  it('takes NDJSON records under their key fields', async () => {
    const shop = await Shop.open()
    const { stderr } = await shop.try(['import', '--key', 'country,id'], {
      stdin: '{"id": 1, "country": "de", "n": 1.0}\n\n{"id": 2, "country": "fr"}\n',
    })
    expect(stderr).toBe('imported 2 records\n')
    expect(await shop.run('list')).toBe(
      'de/1\t{"id":1,"country":"de","n":1.0}\nfr/2\t{"id":2,"country":"fr"}\n',
    )
  })

  it('tells the format from the name of the file, or is told', async () => {
    const shop = await Shop.open()
    writeFileSync(join(shop.folder, 'a.json'), '[{"id":"a"}]')
    writeFileSync(join(shop.folder, 'b.csv'), 'id,n\nb,1\n')
    writeFileSync(join(shop.folder, 'c.jsonl'), '{"id":"c"}')
    writeFileSync(join(shop.folder, 'd'), 'id\nd\n')
    for (const name of ['a.json', 'b.csv', 'c.jsonl']) await shop.run('import', '-q', name, '--key', 'id')
    await shop.run('import', '-q', 'd', '--key', 'id', '--format', 'csv')
    expect(await shop.run('list')).toBe(
      'a\t{"id":"a"}\nb\t{"id":"b","n":"1"}\nc\t{"id":"c"}\nd\t{"id":"d"}\n',
    )
  })

  it('takes keys and values that are spelled out', async () => {
    const shop = await Shop.open()
    await shop.feed(
      '{"key":{"base64":"AP8="},"value":"x"}\n{"key":"k","value":{"base64":"/w=="}}',
      'import',
      '-q',
    )
    expect((await shop.try(['get', '--hex', '00ff', '--raw'])).stdout).toBe('x')
    expect((await shop.try(['get', 'k', '--raw'])).bytes).toEqual(Buffer.from([0xff]))
  })

  it.each([
    [
      'a record without its key',
      ['--key', 'id'],
      '{"id":1}\n\n{"x":2}\n',
      /^fatal: standard input: line 3: the record has no field "id"\nhint: nothing was imported\n$/,
    ],
    [
      'a line that is no JSON',
      ['--key', 'id'],
      '{"id":1}\n{"id":\n',
      /^fatal: standard input: line 2: not valid JSON/,
    ],
    [
      'a key with two values',
      ['--key', 'id'],
      '{"id":1,"n":1}\n\n{"id":2}\n{"id":1,"n":2}\n',
      /line 4: the key 1 came with another value in line 1 \(PROLLY_|line 4: the key 1 came with another value in line 1\n/,
    ],
    [
      'a record in an array',
      ['--key', 'id', '--format', 'json'],
      '[{"id":1},{"id":null}]',
      /standard input: record 2: the key field "id" is neither/,
    ],
    [
      'a row of CSV',
      ['--key', 'id', '--format', 'csv'],
      'id,n\n1,1\n2\n',
      /standard input: line 3: not valid CSV/,
    ],
    [
      'a record that spells nothing out',
      [],
      '{"id":1}\n',
      /line 1: the record has no field "key"\nhint: .*--key/,
    ],
    [
      'a value that is no text',
      [],
      '{"key":"a","value":1}\n',
      /line 1: the field "value" is neither a string nor/,
    ],
    ['a field too many', [], '{"key":"a","value":"1","x":1}\n', /line 1: the record has more fields/],
  ])('refuses %s, and imports nothing', async (_what, args, stdin, message) => {
    const shop = await Shop.open()
    await shop.run('set', 'before', '1')
    const { code, stderr } = await shop.try(['import', ...args], { stdin })
    expect(code).toBe(128)
    expect(stderr).toMatch(message)
    expect(await shop.run('list')).toBe('before\t1\n')
  })

  it('takes the same record twice, and with --on-duplicate last the last one', async () => {
    const shop = await Shop.open()
    const same = '{"id":1,"n":1}\n{"id":1, "n":1}\n'
    expect((await shop.try(['import', '--key', 'id'], { stdin: same })).stderr).toBe(
      'imported 2 records under 1 key\n',
    )
    const other = '{"id":2,"n":1}\n{"id":2,"n":2}\n'
    await shop.feed(other, 'import', '-q', '--key', 'id', '--on-duplicate', 'last')
    expect(await shop.run('list')).toBe('1\t{"id":1,"n":1}\n2\t{"id":2,"n":2}\n')
  })

  it('replaces what was there, in one namespace', async () => {
    const shop = await Shop.open()
    await shop.commit({ a: '1', b: '2', c: '3' })
    await shop.run('set', 'a', 'other', '--namespace', 'flags')
    await shop.run('set', 'staged', '1')
    await shop.feed('{"key":"b","value":"2"}\n{"key":"d","value":"4"}\n', 'import', '-q', '--replace')
    expect(await shop.run('list')).toBe('b\t2\nd\t4\n')
    expect(await shop.run('list', '--namespace', 'flags')).toBe('a\tother\n')
    expect(await shop.run('diff', '--name-status')).toBe('D\ta\nD\tc\nA\td\nA\t[flags] a\n')
  })

  it('keeps what was there when the replacement is faulty', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'a', '1')
    const { code } = await shop.try(['import', '--replace'], { stdin: '{"key":"b","value":"2"}\nnonsense\n' })
    expect(code).toBe(128)
    expect(await shop.run('list')).toBe('a\t1\n')
  })

  it('does not wait for somebody to type records', async () => {
    const shop = await Shop.open()
    expect((await shop.try(['import'], { terminal: true })).code).toBe(2)
  })

  it('says which file is missing', async () => {
    const shop = await Shop.open()
    const { code, stderr } = await shop.try(['import', 'missing.ndjson'])
    expect(code).toBe(128)
    expect(stderr).toMatch(/^fatal: .*missing\.ndjson/)
  })
})

describe('export is the inverse of import', () => {
  const roundTrip = async (from: Shop, exported: string[], imported = exported) => {
    const text = await from.run('export', ...exported)
    const to = await Shop.open()
    await to.feed(text, 'import', '-q', ...imported)
    await to.run('commit', '-q', '--allow-empty', '-m', 'Imported')
    return { root: await to.root(), text, to }
  }

  it('for any bytes, as NDJSON and as JSON', async () => {
    const entries = fc.uniqueArray(
      fc.tuple(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 })),
      {
        selector: ([key]) => Buffer.from(key).toString('hex'),
        maxLength: 20,
      },
    )
    await fc.assert(
      fc.asyncProperty(entries, fc.constantFrom('ndjson', 'json'), async (all, format) => {
        const shop = await Shop.open()
        const line = (bytes: Uint8Array) => ({ base64: Buffer.from(bytes).toString('base64') })
        const input = all
          .map(([key, value]) => JSON.stringify({ key: line(key), value: line(value) }))
          .join('\n')
        await shop.feed(input, 'import', '-q')
        await shop.run('commit', '-q', '--allow-empty', '-m', 'One')
        const { root } = await roundTrip(shop, ['--format', format])
        expect(root).toBe(await shop.root())
      }),
      { numRuns: 10 },
    )
  })

  it.each(['ndjson', 'json', 'csv'] as const)('for records, as %s', async (format) => {
    const shop = await Shop.open()
    const records = [
      { id: 'b', '2': 'two\nlines', text: 'a "quoted", b' },
      { id: 'a/1', '2': '', text: ' größe ' },
    ]
    const csv = 'id,2,text\nb,"two\nlines","a ""quoted"", b"\na/1,," größe "\n'
    await shop.feed(csv, 'import', '-q', '--key', 'id', '--format', 'csv')
    await shop.run('commit', '-q', '-m', 'One')
    const { root, text } = await roundTrip(shop, ['--key', 'id', '--format', format])
    expect(root).toBe(await shop.root())
    const parsed: unknown = { ndjson: objects, json: JSON.parse, csv: () => [records[1], records[0]] }[
      format
    ](text)
    expect(parsed).toEqual([records[1], records[0]])
  })

  it('for no records at all', async () => {
    const shop = await Shop.open()
    await shop.run('commit', '-q', '--allow-empty', '-m', 'One')
    for (const format of ['ndjson', 'json', 'csv']) {
      for (const key of [[], ['--key', 'id']]) {
        expect((await roundTrip(shop, ['--format', format, ...key])).root).toBe(await shop.root())
      }
    }
  })

  it('for namespaces, prefixes and versions of the past', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'x:1', '1', '--namespace', 'flags')
    await shop.run('set', 'y:1', '2', '--namespace', 'flags')
    await shop.run('commit', '-q', '-m', 'One')
    await shop.run('set', 'x:1', '3', '--namespace', 'flags')
    expect(await shop.run('export', '--namespace', 'flags', '--prefix', 'x:')).toBe(
      '{"key":"x:1","value":"3"}\n',
    )
    expect(await shop.run('export', '--namespace', 'flags', '--at', 'main', '--format', 'csv')).toBe(
      'key,value\nx:1,1\ny:1,2\n',
    )
  })

  it('into a file, which is there only when it is whole', async () => {
    const shop = await Shop.open()
    await shop.run('set', 'a', '1')
    await shop.run('export', 'out.json')
    expect(readFileSync(join(shop.folder, 'out.json'), 'utf8')).toBe('[\n{"key":"a","value":"1"}\n]\n')
    const { code, stderr } = await shop.try(['export', 'records.ndjson', '--key', 'id'])
    expect(code).toBe(128)
    expect(stderr).toMatch(
      /^fatal: the entry a cannot be exported like this: .*\nhint: NDJSON and JSON without --key/,
    )
    expect(existsSync(join(shop.folder, 'records.ndjson'))).toBe(false)
  })

  it.each([
    ['a value that is no record', 'a', 'x', ['--key', 'id'], /no compact JSON object/],
    ['a record with white space', 'a', '{"id": "a"}', ['--key', 'id'], /no compact JSON object/],
    ['a record under another key', 'a', '{"id":"b"}', ['--key', 'id'], /makes the key "b"/],
    ['a record without the field', 'a', '{"x":"b"}', ['--key', 'id'], /no field "id"/],
    ['a number in CSV', 'a', '{"id":"a","n":1}', ['--key', 'id', '--format', 'csv'], /all strings/],
  ])('or refuses %s', async (_what, key, value, args, message) => {
    const shop = await Shop.open()
    await shop.run('set', key, value)
    const { code, stderr } = await shop.try(['export', ...args])
    expect(code).toBe(128)
    expect(stderr).toMatch(message)
  })
})
