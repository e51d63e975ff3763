import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { run } from '../../ts/cli/main.js'
import { Shop, temporaryFolder } from './support/folder.js'
import { context } from './support/in-process.js'

async function withUsers(): Promise<Shop> {
  const shop = await Shop.open()
  await shop.run(
    'sql',
    '-q',
    "CREATE TABLE users (id INT PRIMARY KEY, name TEXT NULL); INSERT INTO users VALUES (1, 'Ada')",
  )
  return shop
}

/** A shell on a terminal that a test types into. */
class Typing {
  readonly #keys = new PassThrough()
  readonly #streams
  readonly #ended: Promise<number>

  constructor(shop: Shop, env: Record<string, string>, ...args: string[]) {
    this.#streams = context({
      cwd: shop.folder,
      stdin: this.#keys,
      terminal: true,
      env: { TERM: 'dumb', ...env },
    })
    this.#ended = run(['sql', ...args], this.#streams)
  }

  get stdout(): string {
    return String(this.#streams.stdout)
  }

  /** What was printed beside data, as it is without the moves of the cursor. */
  get stderr(): string {
    return String(this.#streams.stderr).replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, '')
  }

  /** Types keys, and waits for what they lead to. */
  async type(keys: string, until: RegExp): Promise<void> {
    this.#keys.write(keys)
    await vi.waitFor(
      () => {
        const seen = `${this.stdout}${this.stderr}`
        if (seen.search(until) < 0) throw new Error(`no ${until} in ${JSON.stringify(seen.slice(-500))}`)
      },
      { timeout: 10_000, interval: 20 },
    )
  }

  async end(): Promise<number> {
    this.#keys.end()
    return this.#ended
  }
}

describe('the shell', () => {
  it('reads statements over several lines, and goes on after an error', async () => {
    const shop = await withUsers()
    const { code, stdout, stderr } = await shop.try(['sql', '-i'], {
      stdin: `INSERT INTO users
  VALUES (2, 'a;
b'); SELECT id
FROM users;
nonsense;
SELECT name FROM nowhere; SELECT 1 AS never;

-- only a comment
SELECT COUNT(*) AS n FROM users;
SELECT 'not complete`,
    })
    expect(code).toBe(0)
    expect(stdout).toBe('id\n--\n 1\n 2\n\nn\n-\n2\n')
    const said = stderr.replaceAll(/^(?:main> | {3}\.\.\.> )+/gm, '')
    expect(said).toMatch(/^1 row inserted\n2 rows\nfatal: line 1, column 1: .*\nfatal: .*nowhere.*\n1 row\n/)
    expect(stderr).toContain('   ...> ')
  })

  it('runs what is given first, with parameters for all', async () => {
    const shop = await withUsers()
    const { stdout } = await shop.try(
      ['sql', '-i', '--format', 'json', '--param', 'id=1', 'SELECT name FROM users WHERE id = :id'],
      { stdin: 'SELECT :id AS id, :id AS again;\nSELECT 2 AS b;\n' },
    )
    expect(stdout).toBe('{"name":"Ada"}\n{"id":1,"again":1}\n{"b":2}\n')
  })

  it('has commands of its own', async () => {
    const shop = await withUsers()
    await shop.run(
      'sql',
      '-q',
      "CREATE TABLE notes (text TEXT DEFAULT 'none', mark INT UNIQUE); CREATE INDEX by_name ON users (name)",
    )
    await shop.run('commit', '-q', '-m', 'Tables')
    await shop.run('branch', 'other')
    const shell = (...lines: string[]) => shop.try(['sql', '-i'], { stdin: lines.join('\n') })
    expect((await shell('.tables', '.quit', '.nonsense')).stdout).toBe('notes\nusers\n')
    const schema = (await shell('.schema users;')).stdout
    expect(schema).toBe(
      'CREATE TABLE "users" (\n  "id" INT NOT NULL PRIMARY KEY,\n  "name" TEXT NULL\n);\nCREATE INDEX "by_name" ON "users" ("name");\n',
    )
    // What it shows makes the same tables.
    const all = (await shell('.schema')).stdout
    const copy = await Shop.open()
    await copy.feed(all, 'sql', '-q')
    expect((await copy.try(['sql', '-i'], { stdin: '.schema' })).stdout).toBe(all)
    const moved = await shell('.branch', '.branch other', '.branch')
    expect(moved.stdout).toBe('* main\n  other\n  main\n* other\n')
    expect(moved.stderr).toMatch(/other> /)
    const help = (await shell('.help')).stdout
    for (const name of ['.branch', '.help', '.quit', '.schema', '.tables']) expect(help).toContain(name)
    const wrong = await shell('.table', '.tables x', '.schema user', '.branch nowhere')
    expect(wrong.code).toBe(0)
    expect(wrong.stderr).toMatch(
      /error: there is no \.table\nhint: did you mean "\.tables"\?\n[^]*error: too many arguments: \.tables\n[^]*fatal: there is no table user\nhint: did you mean "users"\?\n[^]*fatal: there is no .*"nowhere"/,
    )
  })

  it('says where it is: a branch, a transaction, another version', async () => {
    const shop = await withUsers()
    await shop.run('commit', '-q', '-m', 'Users')
    const { stderr } = await shop.try(['sql', '-i'], { stdin: 'BEGIN;\nDELETE FROM users;\n' })
    expect(stderr).toMatch(/^main> main\*> 1 row deleted\nmain\*> \nwarning: /)
    expect(stderr).toMatch(/warning: the transaction was not ended: what it wrote is dropped\n$/)
    expect(await shop.run('sql', '--format', 'csv', 'SELECT id FROM users')).toBe('id\n1\n')
    const past = await shop.try(['sql', '-i', '-b', 'HEAD'], {
      stdin: 'DELETE FROM users;\n.branch main\nSELECT id FROM users;',
    })
    expect(past.stdout).toBe('id\n--\n 1\n')
    expect(past.stderr).toMatch(
      /^HEAD \(read-only\)> fatal: .*PROLLY_READ_ONLY.*\n[^]*error: this shell reads HEAD\n/,
    )
  })

  it('is what standard input on a terminal is', async () => {
    const shop = await withUsers()
    const shell = new Typing(shop, { PROLLY_SQL_HISTORY: '' })
    await shell.type('', /main> $/)
    await shell.type('SELECT id\r', /\.\.\.> $/)
    await shell.type('FROM users;\r', /^id\n--\n 1\n/)
    expect(await shell.end()).toBe(0)
  })

  it('drops at Ctrl-C what is typed', async () => {
    const shop = await withUsers()
    const shell = new Typing(shop, { PROLLY_SQL_HISTORY: '' })
    await shell.type('DELETE FROM\r', /\.\.\.> $/)
    await shell.type('users; nonsense\u0003', /\^C\nmain> $/)
    await shell.type('SELECT 7 AS seven;\r', /seven\n-----\n {4}7\n/)
    expect(shell.stderr).not.toMatch(/fatal|deleted/)
    expect(await shell.end()).toBe(0)
    expect(await shop.run('sql', '--format', 'csv', 'SELECT id FROM users')).toBe('id\n1\n')
  })

  it('drops at Ctrl-C the rows that are not printed yet', async () => {
    const shop = await withUsers()
    const shell = new Typing(shop, { PROLLY_SQL_HISTORY: '' }, '--format', 'csv')
    await shell.type('SELECT N FROM SERIES(100000000);\r', /\n5000\n/)
    await shell.type('\u0003', /rows, then interrupted\n/)
    await shell.type('SELECT 7 AS seven;\r', /seven\n7\n/)
    expect(await shell.end()).toBe(0)
  })

  it('drops at Ctrl-C what a statement changes', async () => {
    const shop = await withUsers()
    const shell = new Typing(shop, { PROLLY_SQL_HISTORY: '' }, '--format', 'csv')
    const endless = '(SELECT COUNT(*) FROM SERIES(1000000000000))'
    await shell.type(`SELECT 7 AS seven; DELETE FROM users WHERE id < ${endless};\r`, /seven\n7\n/)
    await shell.type('\u0003', /aborted.*PROLLY_ABORTED/)
    await shell.type('SELECT id FROM users;\r', /id\n1\n/)
    expect(await shell.end()).toBe(0)
  })

  it('completes keywords, tables and columns', async () => {
    const shop = await withUsers()
    await shop.run('sql', '-q', 'CREATE TABLE orders (number INT, "odd name" INT)')
    const shell = new Typing(shop, { PROLLY_SQL_HISTORY: '' }, '--format', 'csv')
    await shell.type('', /main> $/)
    // A tab among other keys would be pasted.
    for (const [keys, shown] of [
      ['sel', 'select'],
      [' o.numb', 'o.number'],
      [' AS x FROM ord', 'FROM orders'],
    ] as const) {
      await shell.type(keys, new RegExp(`${keys.trim()}$`))
      await shell.type('\t', new RegExp(`${shown}$`))
    }
    await shell.type(' o;\r', /^x\n/m)
    await shell.type('.sch', /\.sch$/)
    await shell.type('\t', /\.schema$/)
    await shell.type(' us', / us$/)
    await shell.type('\t', / users$/)
    await shell.type('\r', /CREATE TABLE "users"/)
    expect(shell.stderr).not.toMatch(/fatal/)
    expect(await shell.end()).toBe(0)
  })
})

describe('the history', () => {
  it('is kept in the folder of the user’s state, for the user alone', async () => {
    const shop = await withUsers()
    const state = temporaryFolder()
    const first = new Typing(shop, { XDG_STATE_HOME: state })
    await first.type("SELECT 'remembered' AS a\r;\r", /remembered\n/)
    await first.end()
    const file = join(state, 'git-prolly', 'sql-history')
    expect(readFileSync(file, 'utf8')).toBe("SELECT 'remembered' AS a\n;\n")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const second = new Typing(shop, { XDG_STATE_HOME: state }, '--format', 'csv')
    await second.type('', /main> $/)
    // Up, up and Enter.
    await second.type('\u001b[A\u001b[A\r', /\.\.\.> $/)
    await second.type(';\r', /a\nremembered\n/)
    expect(await second.end()).toBe(0)
  })

  it('is in a file of another name or in none, and where it cannot be kept the shell works', async () => {
    const shop = await withUsers()
    const folder = temporaryFolder()
    const file = join(folder, 'mine')
    const select = { stdin: 'SELECT 1 AS a;\n' }
    await shop.try(['sql', '-i'], { ...select, env: { PROLLY_SQL_HISTORY: file } })
    expect(readFileSync(file, 'utf8')).toBe('SELECT 1 AS a;\n')
    const none = await shop.try(['sql', '-i'], {
      ...select,
      env: { PROLLY_SQL_HISTORY: '', XDG_STATE_HOME: folder },
    })
    expect([none.stdout, existsSync(join(folder, 'git-prolly'))]).toEqual(['a\n-\n1\n', false])
    mkdirSync(join(folder, 'taken'))
    const taken = await shop.try(['sql', '-i'], {
      ...select,
      env: { PROLLY_SQL_HISTORY: join(folder, 'taken') },
    })
    expect(taken.stdout).toBe('a\n-\n1\n')
    expect(taken.stderr.match(/warning: the history is not kept/g)).toHaveLength(1)
  })

  it('forgets all but the last thousand lines', async () => {
    const shop = await withUsers()
    const file = join(temporaryFolder(), 'history')
    writeFileSync(file, Array.from({ length: 2001 }, (_, line) => `SELECT ${line};\n`).join(''))
    await shop.try(['sql', '-i'], { stdin: '', env: { PROLLY_SQL_HISTORY: file } })
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect([lines.length, lines.at(-1)]).toEqual([1000, 'SELECT 2000;'])
  })
})
