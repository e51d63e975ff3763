import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objects, Shop, temporaryFolder } from './support/folder.js'
import { installed, shell, spawned } from './support/spawned.js'

const USERS = `CREATE TABLE users (id INT PRIMARY KEY, name TEXT NULL);
INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace'), (3, NULL);`

async function withUsers(): Promise<Shop> {
  const shop = await Shop.open()
  await shop.run('sql', '-q', USERS)
  return shop
}

describe('statements', () => {
  it('are those of the argument, of a file or of standard input, and what they write is staged', async () => {
    const shop = await Shop.open()
    writeFileSync(join(shop.folder, 'make.sql'), '\ufeffCREATE TABLE t (n INT);\nINSERT INTO t VALUES (1)')
    await shop.run('sql', '--file', 'make.sql')
    await shop.feed('INSERT INTO t VALUES (2);', 'sql')
    await shop.feed('INSERT INTO t VALUES (3) -- the last', 'sql', '-f', '-')
    expect(await shop.run('sql', '--format', 'csv', 'SELECT n FROM t')).toBe('n\n1\n2\n3\n')
    expect(objects(await shop.run('sql', '--format', 'json', 'SELECT * FROM prolly_status'))).toEqual([
      { name: 't', kind: 'table', added: 3, modified: 0, removed: 0 },
    ])
    await shop.run('commit', '-q', '-m', 'Make t')
    await shop.run('reset')
    expect(await shop.run('sql', 'SELECT COUNT(*) AS n FROM t', '--format', 'json')).toBe('{"n":3}\n')
  })

  it('answer in turn, whatever they hold', async () => {
    const shop = await withUsers()
    const text = `SELECT ';' AS mark; -- a comment; of two
      SHOW TABLES; ; SELECT id FROM users WHERE name = 'no''; ne';`
    expect(await shop.run('sql', text)).toBe('mark\n----\n;\n\ntables\n------\nusers\n\nid\n--\n')
    expect(await shop.run('sql', text, '--format', 'csv')).toBe('mark\n;\n\ntables\nusers\n\nid\n')
    expect(await shop.run('sql', text, '--format', 'json')).toBe('{"mark":";"}\n{"tables":"users"}\n')
    for (const nothing of ['', ' ; -- nothing\n']) expect(await shop.run('sql', nothing)).toBe('')
  })

  it('say how many rows they changed, neighbours of a kind together, unless they are to be quiet', async () => {
    const shop = await withUsers()
    const text = `INSERT INTO users VALUES (4, 'x'); INSERT INTO users VALUES (5, 'x'), (6, 'x');
      UPDATE users SET name = 'y' WHERE id = 4; SELECT 1 AS one; DELETE FROM users; DELETE FROM users`
    const said = await shop.try(['sql', text])
    expect([said.stdout, said.stderr]).toEqual([
      'one\n---\n  1\n',
      '3 rows inserted\n1 row updated\n6 rows deleted\n',
    ])
    expect((await shop.try(['sql', '-q', "INSERT INTO users VALUES (1, 'x')"])).stderr).toBe('')
  })

  it('may be a transaction, which must be ended', async () => {
    const shop = await withUsers()
    await shop.run('sql', '-q', 'BEGIN; DELETE FROM users WHERE id = 1; COMMIT')
    const open = await shop.try(['sql', '-q', 'BEGIN; DELETE FROM users; SELECT COUNT(*) AS n FROM users'])
    expect([open.code, open.stdout]).toEqual([128, 'n\n-\n0\n'])
    expect(open.stderr).toBe(
      'fatal: the last transaction is not ended: what it wrote is dropped\nhint: COMMIT ends it\n',
    )
    const failed = await shop.try(['sql', '-q', 'BEGIN; DELETE FROM users; DELETE FROM nowhere; COMMIT'])
    expect([failed.code, failed.stderr]).toEqual([
      128,
      expect.stringMatching(
        /^fatal: line 1: .*nowhere.*\nhint: what the transaction wrote before is dropped\n$/,
      ),
    ])
    expect(await shop.run('sql', 'SELECT id FROM users', '--format', 'csv')).toBe('id\n2\n3\n')
  })

  it('commit, branch and check out as the store does', async () => {
    const shop = await withUsers()
    await shop.run(
      'sql',
      "CALL prolly_commit('Users'); CALL prolly_branch('other'); CALL prolly_checkout('other')",
    )
    expect(await shop.run('branch', '--show-current')).toBe('other\n')
    expect(await shop.run('sql', 'SELECT message FROM prolly_log', '--format', 'csv')).toBe(
      'message\nUsers\n',
    )
  })
})

describe('a failing statement', () => {
  it('ends all with its place, and what was before it stays', async () => {
    const shop = await withUsers()
    writeFileSync(
      join(shop.folder, 'bad.sql'),
      'DELETE FROM users WHERE id = 1;\n\n  -- why\n  SELECT größe\n  FRUM users;\nDELETE FROM users',
    )
    const { code, stdout, stderr } = await shop.try(['sql', '--file', 'bad.sql'])
    expect([code, stdout]).toEqual([128, ''])
    expect(stderr).toMatch(
      /^1 row deleted\nfatal: bad\.sql: line 5, column 8: .*users.* \(PROLLY_SQL\)\nhint: what the statements before it wrote is staged\n$/,
    )
    expect(await shop.run('sql', 'SELECT COUNT(*) AS n FROM users', '--format', 'json')).toBe('{"n":2}\n')
  })

  it.each([
    ['SELECT * FROM nowhere', /^fatal: there is no table "nowhere" \(PROLLY_SQL\)\n$/],
    ['SELECT 1 AS a;\nSELECT 1 +', /^fatal: line 2, column 11: .*\(PROLLY_SQL\)\n$/],
    ['SELECT 1 AS a; SELECT 1 1', /^fatal: line 1, column 25: .*\(PROLLY_SQL\)\n$/],
    ["SELECT 'open", /^fatal: line 1, column 8: .*\(PROLLY_SQL\)\n$/],
    ["SELECT 1 AS a;\n\nINSERT INTO users VALUES (1, 'x')", /^fatal: line 3: .*\(PROLLY_SQL\)\n$/],
    ['SELECT 1 AS a;\n-- SELECT nothing\n; SELECT nothing', /^fatal: line 3: .*nothing.*\n$/],
    [
      "SELECT * FROM users AS OF 'mian'",
      /^fatal: .*mian.*\(PROLLY_NOT_FOUND\)\nhint: did you mean "main"\?\n$/,
    ],
  ])('%j says what is wrong in one line', async (text, message) => {
    const shop = await withUsers()
    await shop.run('commit', '-q', '-m', 'Users')
    const { code, stderr } = await shop.try(['sql', text])
    expect([code, stderr]).toEqual([128, expect.stringMatching(message)])
  })

  it('of standard input or a file that is no text is named', async () => {
    const shop = await Shop.open()
    const nonsense = await shop.try(['sql'], { stdin: 'SELECT 1 AS a;\nnonsense' })
    expect(nonsense.stdout).toBe('a\n-\n1\n')
    expect(nonsense.stderr).toMatch(/^fatal: standard input: line 2, column 1: /)
    expect((await shop.try(['sql'], { stdin: Buffer.from([0xff]) })).stderr).toBe(
      'fatal: standard input: not valid UTF-8\n',
    )
    const missing = await shop.try(['sql', '-f', 'none.sql'])
    expect([missing.code, missing.stderr]).toEqual([128, expect.stringContaining('none.sql')])
  })
})

describe('parameters', () => {
  const show = (shop: Shop, ...args: string[]) => shop.run('sql', '--format', 'json', ...args)

  it('are values by their order or by name, of the type that they spell', async () => {
    const shop = await withUsers()
    expect(await show(shop, 'SELECT id FROM users WHERE name = ?', 'Ada')).toBe('{"id":1}\n')
    expect(await show(shop, 'SELECT name FROM users WHERE id = $1 OR id = $1 + 1', '1')).toBe(
      '{"name":"Ada"}\n{"name":"Grace"}\n',
    )
    expect(
      await show(
        shop,
        'SELECT id FROM users WHERE name = :name AND id < :most',
        '--param',
        'name=Ada',
        '--param',
        'most=2',
      ),
    ).toBe('{"id":1}\n')
    await shop.run(
      'sql',
      '-q',
      'CREATE TABLE kinds (t TEXT NULL, f FLOAT NULL, b BOOLEAN NULL, x BYTEA NULL, n INT NULL)',
    )
    const insert = 'INSERT INTO kinds VALUES (?, ?, ?, ?, ?)'
    await shop.run('sql', '-q', insert, '007', '1.5', 'true', "X'00ff'", '9223372036854775807')
    await shop.run('sql', '-q', insert, "'it''s 7'", 'null', 'NULL', 'Null', 'NULL')
    await shop.run('sql', '-q', insert, "'NULL'", '-2e3', 'FALSE', "X''", '--', '-7')
    expect(await show(shop, 'SELECT * FROM kinds')).toBe(
      [
        '{"t":"007","f":1.5,"b":true,"x":{"base64":"AP8="},"n":9223372036854775807}',
        `{"t":"it's 7","f":null,"b":null,"x":null,"n":null}`,
        '{"t":"NULL","f":-2000,"b":false,"x":{"base64":""},"n":-7}',
        '',
      ].join('\n'),
    )
  })

  it('go to the statements that take them', async () => {
    const shop = await withUsers()
    const two = 'SELECT id FROM users WHERE name = ?; SELECT id FROM users WHERE name = ? OR id = ?'
    expect(await show(shop, two, 'Ada', 'Grace', '3')).toBe('{"id":1}\n{"id":2}\n{"id":3}\n')
    const numbered = "SELECT id FROM users WHERE id = $3; SELECT id FROM users WHERE name = $2 AND '$1' <> $1"
    expect(await show(shop, numbered, 'x', 'Ada', '2')).toBe('{"id":2}\n{"id":1}\n')
    const named = `SELECT 1 AS a; SELECT id FROM users WHERE id = :id /* :none /* ? */ $7 */; SELECT ':no' AS text -- :other`
    expect(await show(shop, named, '--param', 'id=2')).toBe('{"a":1}\n{"id":2}\n{"text":":no"}\n')
  })

  it.each([
    [['SELECT ? AS a', '1', '2'], 'no statement takes the value number 2'],
    [['SELECT 1 AS a', '--param', 'x=1'], 'no statement has a parameter :x'],
    [['SELECT ? AS a; SELECT ? AS b', '1'], 'a statement takes a value number 2, which is not given'],
    [['SELECT $0 AS a', '1'], 'a statement takes a value number 0, which is not given'],
    [['SELECT ? AS a, $1 AS b', '1'], 'a statement has ? and $1: write its parameters in one way'],
    [['SELECT ? AS a', '1', '--param', 'x=1'], 'give values by their order or with --param, not both'],
    [['SELECT :x AS a', '--param', '1=x'], '--param "1=x" is not name=value'],
    [['SELECT 1 AS a', '-f', 'x.sql'], 'give either statements or --file'],
    [['--format', 'xml', 'SELECT 1'], /allowed choices are table, csv, json/i],
  ] as [string[], string | RegExp][])('%j is wrong usage, and nothing runs', async (args, message) => {
    const shop = await Shop.open()
    const { code, stdout, stderr } = await shop.try(['sql', ...args])
    expect([code, stdout]).toEqual([2, ''])
    if (typeof message === 'string') expect(stderr.split('\n')[0]).toBe(`error: ${message}`)
    else expect(stderr).toMatch(message)
  })

  it('that are missing altogether are an error of the statement', async () => {
    const shop = await Shop.open()
    const { code, stderr } = await shop.try(['sql', 'SELECT :x AS a'])
    expect([code, stderr]).toEqual([128, expect.stringMatching(/^fatal: .*:x is missing \(PROLLY_SQL\)\n$/)])
  })
})

describe('another version', () => {
  it('is read without touching the checkout, and never written', async () => {
    const shop = await withUsers()
    await shop.run('commit', '-q', '-m', 'Three')
    await shop.run('branch', 'three')
    await shop.run('sql', '-q', 'DELETE FROM users WHERE id > 1')
    await shop.run('commit', '-q', '-m', 'One')
    await shop.run('sql', '-q', 'DELETE FROM users')
    const count = 'SELECT COUNT(*) AS n FROM users'
    for (const [revision, n] of [
      ['HEAD', 1],
      ['main~1', 3],
      ['three', 3],
    ]) {
      expect(await shop.run('sql', '-b', `${revision}`, '--format', 'json', count)).toBe(`{"n":${n}}\n`)
    }
    expect(await shop.run('sql', '--format', 'json', count)).toBe('{"n":0}\n')
    const before = await shop.run('log', '--format', 'json')
    for (const [write, message] of [
      ['DELETE FROM users', /^fatal: .*PROLLY_READ_ONLY.*\n$/],
      ['CREATE TABLE t (a INT)', /^fatal: .*PROLLY_READ_ONLY.*\n$/],
      ["CALL prolly_commit('x')", /^fatal: .*PROLLY_READ_ONLY.*\n$/],
    ] as const) {
      const { code, stderr } = await shop.try(['sql', '--at', 'three', write])
      expect([code, stderr], write).toEqual([128, expect.stringMatching(message)])
    }
    expect(await shop.run('log', '--format', 'json')).toBe(before)
    expect(await shop.run('sql', '--format', 'json', count)).toBe('{"n":0}\n')
    expect(await shop.run('branch', '--show-current')).toBe('main\n')
    expect((await shop.try(['sql', '-b', 'nowhere', count])).code).toBe(128)
  })
})

describe('a table', () => {
  it('shows values apart: numbers on the right, NULL, what is not printable, and wide characters', async () => {
    const shop = await Shop.open()
    await shop.run('sql', '-q', 'CREATE TABLE t (id INT PRIMARY KEY, "größe" DECIMAL NULL, note TEXT NULL)')
    const insert = 'INSERT INTO t VALUES (?, CAST(? AS DECIMAL), ?)'
    for (const row of [
      ['1', "'1.50'", "'NULL'"],
      ['200', 'NULL', 'NULL'],
      ['3', "'-20.25'", 'a\tb\u001b[31m'],
      ['4', "'0'", '"quoted"'],
      ['5', "'0'", '漢字かな한글'],
      ['6', "'0'", "it's plain | text"],
    ])
      await shop.run('sql', '-q', insert, ...row)
    expect(await shop.run('sql', 'SELECT id, note, "größe" AS "größe" FROM t')).toBe(
      [
        ' id | note              |  größe',
        '----+-------------------+-------',
        '  1 | "NULL"            |   1.50',
        '  3 | "a\\tb\\033[31m"    | -20.25',
        '  4 | "\\"quoted\\""      |      0',
        '  5 | 漢字かな한글      |      0',
        "  6 | it's plain | text |      0",
        '200 | NULL              |   NULL',
        '',
      ].join('\n'),
    )
  })

  it('is as wide as the terminal, and anywhere else cuts nothing', async () => {
    const shop = await Shop.open()
    const long = 'x'.repeat(200)
    const query = `SELECT 12345 AS number, '${long}' AS first, '漢字${long}' AS second, 'short' AS third`
    const env = { GIT_PAGER: '' }
    const { stdout } = await shop.try(['--color', 'never', 'sql', query], { terminal: true, env })
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[1]).toHaveLength(80)
    // Two of the characters are as wide as two others.
    expect(lines[2]).toHaveLength(80 - 2)
    expect(lines[2]).toMatch(/^ 12345 \| x+… \| 漢字x+… \| short$/)
    expect(await shop.run('sql', query)).toContain(` 12345 | ${long} | 漢字${long} | short\n`)
  })

  it('marks NULL and the header where there are colours', async () => {
    const shop = await Shop.open()
    expect(await shop.run('--color', 'always', 'sql', "SELECT NULL AS a, 'b' AS b")).toBe(
      '\u001b[1ma\u001b[22m    | \u001b[1mb\u001b[22m\n-----+--\n\u001b[2mNULL\u001b[22m | b\n',
    )
  })
})

describe('CSV and JSON', () => {
  it('hold all that rows do', async () => {
    const shop = await Shop.open()
    await shop.run(
      'sql',
      '-q',
      `CREATE TABLE t (id INT PRIMARY KEY, "2" TEXT NULL, n UINT128, d DECIMAL, f FLOAT, b BOOLEAN, x BYTEA, day DATE,
        at TIMESTAMP, map MAP, list LIST);
      INSERT INTO t VALUES (-9223372036854775808, 'a "b",
c', CAST('340282366920938463463374607431768211455' AS UINT128), 1.10, 0.1, TRUE, X'00FF', '2026-01-31',
        '2026-01-31 10:20:30.456789', '{"a": [1, {"b": null}]}', '[1, "x"]')`,
    )
    expect(await shop.run('sql', '--format', 'csv', "SELECT *, NULL AS nothing, '' AS empty FROM t")).toBe(
      `id,2,n,d,f,b,x,day,at,map,list,nothing,empty
-9223372036854775808,"a ""b"",
c",340282366920938463463374607431768211455,1.10,0.1,true,00ff,2026-01-31,2026-01-31T10:20:30.456789,"{""a"":[1,{""b"":null}]}","[1,""x""]",,""
`,
    )
    expect(await shop.run('sql', '--format', 'json', 'SELECT * FROM t')).toBe(
      `{"id":-9223372036854775808,"2":"a \\"b\\",\\nc","n":340282366920938463463374607431768211455,"d":"1.10","f":0.1,"b":true,` +
        `"x":{"base64":"AP8="},"day":"2026-01-31","at":"2026-01-31T10:20:30.456789","map":{"a":[1,{"b":null}]},"list":[1,"x"]}\n`,
    )
    expect(await shop.run('sql', '--format', 'json', 'SELECT 1 AS a, 2 AS a, 3 AS "__proto__"')).toBe(
      '{"a":1,"a:1":2,"__proto__":3}\n',
    )
  })

  it('are written as rows are read, and a reader may stop', async () => {
    const shop = await Shop.open()
    const env = installed(temporaryFolder())
    const query = 'SELECT N AS n FROM SERIES(100000)'
    for (const format of ['csv', 'json', 'table']) {
      const counted = shell(`git-prolly sql --format ${format} '${query}' | tail -n 1`, shop.folder, env)
      expect([counted.stdout.trim(), counted.stderr]).toEqual([
        format === 'json' ? '{"n":100000}' : '100000',
        '',
      ])
      const first = shell(
        `set -o pipefail; git-prolly sql --format ${format} '${query}' | head -n 1 | wc -l; echo "code $?"`,
        shop.folder,
        env,
      )
      expect([first.stdout.trim(), first.stderr]).toEqual(['1\ncode 0', ''])
    }
  })
})

describe('tables in the other commands', () => {
  const OURS = "UPDATE users SET name = 'A' WHERE id = 1; DELETE FROM users WHERE id = 2"
  const THEIRS = 'ALTER TABLE users ADD COLUMN age INT NULL; UPDATE users SET age = 36 WHERE id = 1'

  it('are named by status and diff, rows by their keys and as JSON, and indexes not at all', async () => {
    const shop = await withUsers()
    await shop.run(
      'sql',
      '-q',
      'CREATE INDEX by_name ON users (name); CREATE TABLE empty (id INT PRIMARY KEY)',
    )
    expect(await shop.run('status')).toMatch(
      /\tnew table: (?:users|empty)\n\tnew table: (?:users|empty)\n\tadded: {4}\[users\] 1\n\tadded: {4}\[users\] 2\n\tadded: {4}\[users\] 3\n\n3 keys/,
    )
    await shop.run('commit', '-q', '-m', 'Users')
    expect(await shop.run('status')).toContain('nothing staged')
    await shop.run('sql', '-q', 'DROP INDEX users.by_name')
    expect(await shop.run('status')).toMatch(/\taltered table: users\n\n0 keys/)
    await shop.run('sql', '-q', OURS)
    expect(await shop.run('diff')).toBe(
      '- [users] 1\t{"id":1,"name":"Ada"}\n+ [users] 1\t{"id":1,"name":"A"}\n- [users] 2\t{"id":2,"name":"Grace"}\n',
    )
  })

  it('merge by column in a process that never asked for SQL', async () => {
    const shop = await withUsers()
    await shop.run('commit', '-q', '-m', 'Users')
    await shop.run('checkout', '-q', '-b', 'other')
    await shop.run('sql', '-q', THEIRS)
    await shop.run('commit', '-q', '-m', 'Ages')
    await shop.run('checkout', '-q', 'main')
    await shop.run('sql', '-q', OURS)
    await shop.run('commit', '-q', '-m', 'Names')
    expect(spawned(['merge', 'other'], { cwd: shop.folder })).toMatchObject({ status: 0 })
    expect(await shop.run('sql', '--format', 'csv', 'SELECT * FROM users')).toBe('id,name,age\n1,A,36\n3,,\n')
  })
})
