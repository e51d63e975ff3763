import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { objects, Shop, temporaryFolder } from './support/folder.js'
import { installed, shell } from './support/spawned.js'

const rows = async (shop: Shop, table: string) =>
  objects(await shop.run('sql', '--format', 'json', `SELECT * FROM ${table}`))

/** The columns of a table: name, type, and whether it is the key. */
const columns = async (shop: Shop, table: string) => {
  const text = await shop.feed(`.schema ${table}\n`, 'sql', '-i')
  return [...text.matchAll(/^ {2}"(.*?)" (.*?),?$/gm)].map(([, name, rest]) => `${name} ${rest}`)
}

describe('import --table', () => {
  it('makes a table of what all records allow', async () => {
    const shop = await Shop.open()
    const { stderr } = await shop.try(['import', '--table', 'people', '--key', 'id'], {
      stdin: `{"id": 1, "name": "Ada", "born": 1815, "score": 1, "ok": true, "tags": ["a"], "more": {"x": 1}, "raw": {"base64": "AP8="}}
{"id": 2, "score": 1.5, "ok": null, "mixed": 1, "late": "x", "big": 9223372036854775807}
{"id": 3, "mixed": [1,  2], "nothing": null, "big": -9223372036854775808, "bigger": 9223372036854775808}
{"id": 4, "mixed": 1.50, "huge": 9007199254740993}
{"id": 5, "huge": 0.5}
`,
    })
    expect(stderr).toBe('imported 5 records\n')
    expect(await columns(shop, 'people')).toEqual([
      'id INT NOT NULL PRIMARY KEY',
      'name TEXT NULL',
      'born INT NULL',
      'score FLOAT NULL',
      'ok BOOLEAN NULL',
      'tags LIST NULL',
      'more MAP NULL',
      'raw BYTEA NULL',
      'mixed TEXT NULL',
      'late TEXT NULL',
      'big INT NULL',
      'nothing TEXT NULL',
      'bigger TEXT NULL',
      'huge TEXT NULL',
    ])
    const text = await shop.run('sql', '--format', 'json', 'SELECT id, mixed, big, bigger, huge FROM people')
    expect(text).toBe(
      [
        '{"id":1,"mixed":null,"big":null,"bigger":null,"huge":null}',
        '{"id":2,"mixed":"1","big":9223372036854775807,"bigger":null,"huge":null}',
        '{"id":3,"mixed":"[1,2]","big":-9223372036854775808,"bigger":"9223372036854775808","huge":null}',
        '{"id":4,"mixed":"1.50","big":null,"bigger":null,"huge":"9007199254740993"}',
        '{"id":5,"mixed":null,"big":null,"bigger":null,"huge":"0.5"}',
        '',
      ].join('\n'),
    )
    expect((await rows(shop, 'people'))[0]).toMatchObject({
      tags: ['a'],
      more: { x: 1 },
      raw: { base64: 'AP8=' },
    })
  })

  it('reads CSV with types, NULL and empty texts', async () => {
    const shop = await Shop.open()
    const csv = `id,zip,n,f,b,note,nothing
b,01234,1,1,true,"",
a,,,-2.5e3,False,,
c,9,7,,,"x, ""y""",
`
    await shop.feed(csv, 'import', '-q', '--table', 't', '--key', 'id', '--format', 'csv')
    expect(await columns(shop, 't')).toEqual([
      'id TEXT NOT NULL PRIMARY KEY',
      'zip TEXT NULL',
      'n INT NULL',
      'f FLOAT NULL',
      'b BOOLEAN NULL',
      'note TEXT NULL',
      'nothing TEXT NULL',
    ])
    const nothing = null
    expect(await rows(shop, 't')).toEqual([
      { id: 'a', zip: null, n: null, f: -2500, b: false, note: null, nothing },
      { id: 'b', zip: '01234', n: 1, f: 1, b: true, note: '', nothing },
      { id: 'c', zip: '9', n: 7, f: null, b: null, note: 'x, "y"', nothing },
    ])
  })

  it('takes types that are given, for some columns or where there are no records', async () => {
    const shop = await Shop.open()
    const types = 'price=decimal, day = DATE,large=UINT128'
    await shop.feed(
      'id,price,day,large\n1,1.10,2026-01-31,340282366920938463463374607431768211455\n2,,,\n',
      'import',
      '-q',
      '--table',
      't',
      '--format',
      'csv',
      '--types',
      types,
    )
    expect(await columns(shop, 't')).toEqual([
      'id INT NULL',
      'price DECIMAL NULL',
      'day DATE NULL',
      'large UINT128 NULL',
    ])
    expect(await shop.run('sql', '--format', 'csv', 'SELECT * FROM t')).toBe(
      'id,price,day,large\n1,1.10,2026-01-31,340282366920938463463374607431768211455\n2,,,\n',
    )
    await shop.feed(
      '',
      'import',
      '-q',
      '--table',
      'none',
      '--key',
      'a',
      '--types',
      'a=INTEGER,b=INT8 UNSIGNED',
    )
    expect(await columns(shop, 'none')).toEqual(['a INT NOT NULL PRIMARY KEY', 'b UINT8 NULL'])
    await shop.feed('a,b\n', 'import', '-q', '--table', 'header', '--format', 'csv')
    expect(await columns(shop, 'header')).toEqual(['a TEXT NULL', 'b TEXT NULL'])
  })

  it('goes by names into a table that is there, which keeps its columns', async () => {
    const shop = await Shop.open()
    await shop.run(
      'sql',
      'CREATE TABLE t (id INT PRIMARY KEY, name TEXT NOT NULL, n INT DEFAULT 7, f FLOAT NULL, span INTERVAL NULL, at POINT NULL)',
    )
    await shop.feed(
      'name,id\n,1\n"",2\nx,3\n',
      'import',
      '-q',
      '--table',
      't',
      '--format',
      'csv',
      '--key',
      'id',
    )
    const array = `[{"f": "NaN", "id": "4", "name": 5.0, "n": 9, "span": {"months": -14}, "at": {"x": 1.5, "y": -2}},
      {"id": 5, "name": "y", "f": 1, "span": "'3' DAY", "at": "POINT(0 1)"}]`
    await shop.feed(array, 'import', '-q', '--table', 't', '--format', 'json', '--types', 'n=INT')
    expect(await rows(shop, 't')).toEqual([
      { id: 1, name: '', n: 7, f: null, span: null, at: null },
      { id: 2, name: '', n: 7, f: null, span: null, at: null },
      { id: 3, name: 'x', n: 7, f: null, span: null, at: null },
      { id: 4, name: '5.0', n: 9, f: 'NaN', span: { months: -14 }, at: { x: 1.5, y: -2 } },
      { id: 5, name: 'y', n: 7, f: 1, span: { microseconds: 259_200_000_000 }, at: { x: 0, y: 1 } },
    ])
    await shop.feed('{"id": 9, "name": "z"}', 'import', '-q', '--table', 't', '--replace')
    expect(await rows(shop, 't')).toMatchObject([{ id: 9 }])
  })

  it('takes records whole into a table without columns', async () => {
    const shop = await Shop.open()
    await shop.run('sql', 'CREATE TABLE documents')
    const lines = '{"a":1}\n{"b":{"c":[null]}}\n'
    await shop.feed(lines, 'import', '-q', '--table', 'documents')
    expect(await shop.run('export', '--table', 'documents')).toBe(lines)
    expect(await shop.run('sql', '--format', 'json', 'SELECT * FROM documents')).toBe(lines)
    const { stderr } = await shop.try(['export', '--table', 'documents', '--format', 'csv'])
    expect(stderr).toBe(
      'fatal: the table cannot be exported as CSV: it has no columns\nhint: NDJSON and JSON hold any table\n',
    )
  })

  it('reads what can be read only once', async () => {
    const shop = await Shop.open()
    const env = installed(temporaryFolder())
    const done = shell(
      `git-prolly import --table t --format csv <(printf 'a\\n1\\n2.5\\n') && git-prolly sql --format csv 'SELECT a FROM t'`,
      shop.folder,
      env,
    )
    expect([done.stdout, done.stderr]).toEqual(['a\n1\n2.5\n', 'imported 2 records\n'])
  })

  it.each([
    [
      'a text in a number',
      [],
      '{"id":1,"n":1}\n\n{"id":2,"n":"x"}\n',
      'line 3: the field "n" is no INT: "x"',
    ],
    ['a fraction in an integer', [], '{"id":1,"n":1.5}\n', 'line 1: the field "n" is no INT: 1.5'],
    ['a record of another kind', [], '{"id":1,"n":{"x":1}}\n', 'line 1: the field "n" is no INT: {"x":1}'],
    ['a column that is not there', [], '{"id":1}\n{"id":2,"x":1}\n', 'line 2: the table has no column "x"'],
    ['a record without fields', [], '{"id":1}\n{}\n', 'line 2: the record has no fields'],
    ['no key', [], '{"id":1}\n{"n":1}\n', /^line 2: .*id.* \(PROLLY_SQL\)$/],
    [
      'a key that is there',
      [],
      '{"id":5}\n{"id":0}\n',
      /^line 2: .*there is a row with the primary key \d already \(PROLLY_SQL\)$/,
    ],
    [
      'a key that comes twice',
      [],
      '{"id":5}\n{"id":5}\n',
      /^line 2: .*there is a row with the primary key \d already \(PROLLY_SQL\)$/,
    ],
    ['a line that is no JSON', [], '{"id":1}\n{\n', /^line 2: not valid JSON/],
    [
      'a row of CSV',
      ['--format', 'csv'],
      'id,n\n1,1\n2,99999999999999999999\n',
      /^line 3: .*99999999999999999999.* \(PROLLY_SQL\)$/,
    ],
    ['a short row of CSV', ['--format', 'csv'], 'id,n\n1,1\n2\n', /^line 3: not valid CSV/],
    [
      'a record of an array',
      ['--format', 'json'],
      '[{"id":1},{"id":2,"n":true}]',
      'record 2: the field "n" is no INT: true',
    ],
  ] as [string, string[], string, string | RegExp][])(
    'refuses %s, and imports nothing',
    async (_what, args, stdin, message) => {
      const shop = await Shop.open()
      await shop.run(
        'sql',
        '-q',
        'CREATE TABLE t (id INT PRIMARY KEY, n INT NULL); INSERT INTO t VALUES (0, NULL)',
      )
      const { code, stderr } = await shop.try(['import', '--table', 't', ...args], { stdin })
      expect(code).toBe(128)
      const [, said, hint] = /^fatal: standard input: (.*)\nhint: (.*)\n$/.exec(stderr) ?? [stderr, stderr]
      expect(said).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
      expect(hint).toBe('nothing was imported')
      expect(await rows(shop, 't')).toEqual([{ id: 0, n: null }])
    },
  )

  it('makes no table when a record is refused', async () => {
    const shop = await Shop.open()
    const twice = await shop.try(['import', '--table', 't', '--key', 'id'], { stdin: '{"id":1}\n{"id":1}\n' })
    expect([twice.code, twice.stderr]).toEqual([128, expect.stringContaining('standard input: line 2: ')])
    expect(await shop.run('sql', '--format', 'csv', 'SHOW TABLES')).toBe('tables\n')
    for (const [args, stdin, message] of [
      [['--key', 'no'], '{"id":1}\n', 'no record has a field "no"'],
      [['--types', 'no=INT'], '{"id":1}\n', 'no record has a field "no"'],
      [[], '', 'there are no records to make the table from'],
      [['--types', 'id=NONSENSE'], '{"id":1}\n', 'NONSENSE'],
    ] as [string[], string, string][]) {
      const { code, stderr } = await shop.try(['import', '--table', 't', ...args], { stdin })
      expect([code, stderr]).toEqual([128, expect.stringContaining(message)])
    }
    expect(await shop.run('sql', '--format', 'csv', 'SHOW TABLES')).toBe('tables\n')
  })

  it('refuses a key and types that the table does not have', async () => {
    const shop = await Shop.open()
    await shop.run('sql', 'CREATE TABLE t (id INT PRIMARY KEY, n INT NULL); CREATE TABLE u (a INT)')
    for (const [args, message] of [
      [['t', '--key', 'n'], 'the table t is there, and its primary key is "id"'],
      [['u', '--key', 'a'], 'the table u is there, and has no primary key'],
      [['t', '--types', 'n=TEXT'], 'the table t is there, and its column "n" is INT'],
      [['t', '--types', 'x=TEXT'], 'the table t is there, and has no column "x"'],
    ] as [string[], string][]) {
      const { code, stderr } = await shop.try(['import', '--table', ...args], { stdin: '{"id":1}' })
      expect([code, stderr]).toEqual([128, expect.stringContaining(message)])
    }
  })

  it.each([
    [['import', '--table', 't', '--namespace', 'x']],
    [['import', '--table', 't', '--on-duplicate', 'last']],
    [['import', '--table', 't', '--types', 'a']],
    [['import', '--types', 'a=INT']],
    [['export', '--table', 't', '--key', 'id']],
    [['export', '--table', 't', '--prefix', '']],
    [['export', '--table', 't', '--namespace', 'x']],
  ])('%j is wrong usage', async (args) => {
    const shop = await Shop.open()
    expect((await shop.try(args)).code).toBe(2)
  })
})

describe('export --table', () => {
  const KINDS = `CREATE TABLE kinds (id INT PRIMARY KEY, flag BOOLEAN NULL, small INT8 NULL, large UINT128 NULL, float FLOAT NULL,
    single FLOAT32 NULL, "decimal" DECIMAL NULL, "text ""q""" TEXT NULL, bytes BYTEA NULL, day DATE NULL, moment TIMESTAMP NULL,
    clock TIME NULL, months INTERVAL NULL, span INTERVAL NULL, uuid UUID NULL, address INET NULL, map MAP NULL, list LIST NULL,
    point POINT NULL)`
  const ROWS = `INSERT INTO kinds VALUES
    (9223372036854775807, TRUE, -5, CAST('340282366920938463463374607431768211455' AS UINT128), 0.1, 0.1,
      CAST('1234567890123456789.0123456700' AS DECIMAL), 'größe "x",
  y ', X'00FF', '2026-01-31', '2026-01-31 10:20:30.456789', '10:20:30', INTERVAL '-14' MONTH, INTERVAL '-3.000001' SECOND,
      '936da01f-9abd-4d9d-80c7-02af85c822a8', '127.0.0.1', '{"a": 12345678901234567, "b": ["x", null]}', '[1.5, {"c": true}]',
      POINT(1.5, -2)),
    (-7, FALSE, NULL, NULL, 1e300, NULL, NULL, '', X'', NULL, NULL, NULL, NULL, INTERVAL '1' DAY, NULL, '::1', '{}', '[]', NULL),
    (0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`

  it.each(['ndjson', 'json', 'csv'])('gives the same rows back, of any type, as %s', async (format) => {
    const from = await Shop.open()
    await from.run('sql', '-q', `${KINDS}; ${ROWS}`)
    await from.run('commit', '-q', '-m', 'Kinds')
    const file = join(from.folder, 'kinds.out')
    await from.run('export', '--table', 'kinds', '--format', format, file)
    const to = await Shop.open()
    await to.run('sql', '-q', KINDS)
    await to.run('import', '-q', '--table', 'kinds', '--format', format, file)
    await to.run('commit', '-q', '-m', 'Kinds')
    expect(await to.root()).toBe(await from.root())
  })

  it.each(['ndjson', 'json', 'csv'])('gives any text back, empty ones and NULL, as %s', async (format) => {
    const text = fc.oneof(
      fc.constantFrom(
        null,
        '',
        ' ',
        ',',
        '"',
        '""',
        '\r\n',
        '\n',
        'NULL',
        'null',
        '\ufeff',
        "'",
        ' x',
        '0',
        '1e5',
        'true',
      ),
      fc.string({ unit: 'binary' }),
    )
    const table = 'CREATE TABLE t (id INT PRIMARY KEY, a TEXT NULL, b TEXT NULL)'
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 20 }), async (all) => {
        const from = await Shop.open()
        const lines = all.map(([a, b], id) => JSON.stringify({ id, a, b }))
        await from.run('sql', table)
        await from.feed(lines.join('\n'), 'import', '-q', '--table', 't')
        expect(await rows(from, 't')).toEqual(lines.map((line) => JSON.parse(line) as unknown))
        const to = await Shop.open()
        await to.run('sql', table)
        const exported = await from.run('export', '--table', 't', '--format', format)
        await to.feed(exported, 'import', '-q', '--table', 't', '--format', format)
        expect(await rows(to, 't')).toEqual(await rows(from, 't'))
      }),
      { numRuns: 15 },
    )
  })

  it.each(['ndjson', 'json', 'csv'])('makes a table of the same rows from %s', async (format) => {
    const from = await Shop.open()
    await from.run(
      'sql',
      '-q',
      "CREATE TABLE t (id INT PRIMARY KEY, name TEXT NULL, n FLOAT NULL); INSERT INTO t VALUES (2, '', 1.5), (1, NULL, 2), (3, 'x', NULL)",
    )
    const text = await from.run('export', '--table', 't', '--format', format)
    const to = await Shop.open()
    await to.feed(text, 'import', '-q', '--table', 't', '--key', 'id', '--format', format)
    expect(await to.run('export', '--table', 't', '--format', format)).toBe(text)
    expect(await rows(to, 't')).toEqual([
      { id: 1, name: null, n: 2 },
      { id: 2, name: '', n: 1.5 },
      { id: 3, name: 'x', n: null },
    ])
  })

  it('is in the order of keys, of any version, to a file or not at all', async () => {
    const shop = await Shop.open()
    await shop.run(
      'sql',
      '-q',
      'CREATE TABLE t (id INT PRIMARY KEY, n INT NULL); INSERT INTO t VALUES (2, 1), (-1, NULL), (10, 3)',
    )
    await shop.run('commit', '-q', '-m', 'Three')
    await shop.run('sql', '-q', 'DELETE FROM t')
    const file = join(shop.folder, 't.csv')
    await shop.run('export', '--table', 't', '--at', 'HEAD', file)
    expect(readFileSync(file, 'utf8')).toBe('id,n\n-1,\n2,1\n10,3\n')
    expect(await shop.run('export', '--table', 't', '--format', 'csv')).toBe('id,n\n')
    expect(await shop.run('export', '--table', 't', '--format', 'json')).toBe('[]\n')
    expect(await shop.run('export', '--table', 't')).toBe('')
    await shop.run('sql', '-q', 'CREATE TABLE one (a TEXT NULL); INSERT INTO one VALUES (NULL)')
    const other = join(shop.folder, 'one.csv')
    const alone = await shop.try(['export', '--table', 'one', other])
    expect([alone.code, alone.stderr]).toEqual([
      128,
      expect.stringContaining('a NULL alone is an empty line'),
    ])
    expect(existsSync(other)).toBe(false)
    const missing = await shop.try(['export', '--table', 'nowhere'])
    expect([missing.code, missing.stderr]).toEqual([128, 'fatal: there is no table nowhere\n'])
  })
})
