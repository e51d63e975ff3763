import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  ConflictError,
  InvalidArgumentError,
  ProllySqlStore,
  SqlError,
  VersionedKvStore,
} from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

const author = { name: 'Ada', email: 'ada@example.org' }

async function withUsers(): Promise<ProllySqlStore> {
  const db = await ProllySqlStore.memory({ branch: 'main' })
  db.exec('CREATE TABLE users (id INT PRIMARY KEY, name TEXT NULL)')
  db.exec("INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace'), (3, NULL)")
  return db
}

describe('a statement', () => {
  it('takes parameters by place and by name', async () => {
    await using db = await withUsers()
    expect(db.prepare('SELECT name FROM users WHERE id = ?').get(2)).toEqual({ name: 'Grace' })
    expect(db.prepare('SELECT name FROM users WHERE id = $1').all([1])).toEqual([{ name: 'Ada' }])
    expect(db.prepare('SELECT id FROM users WHERE name = :name').get({ name: 'Ada' })).toEqual({ id: 1 })
    expect(db.prepare('SELECT id FROM users WHERE id > ? ORDER BY id LIMIT ?').all(1, 1)).toEqual([{ id: 2 }])
    expect(db.query`SELECT id FROM users WHERE name = ${'Grace'} OR id = ${1n}`).toEqual([
      { id: 1 },
      { id: 2 },
    ])
    expect(() => db.prepare('SELECT ? FROM users').all()).toThrow(SqlError)
    expect(() => db.prepare('SELECT id FROM users').all(1)).toThrow(SqlError)
    expect(() => db.prepare('SELECT ?').get(Symbol('x') as never)).toThrow(InvalidArgumentError)
    expect(() => db.prepare('SELECT ?').get('\ud800')).toThrow(InvalidArgumentError)
    expect(() => db.prepare('SELECT ?').get(new Date(Number.NaN))).toThrow(InvalidArgumentError)
  })

  it('gives rows as objects, as arrays, one by one and with their columns', async () => {
    await using db = await withUsers()
    const all = db.prepare<{ id: number; name: string | null }>('SELECT * FROM users')
    expect(all.all()).toEqual([
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Grace' },
      { id: 3, name: null },
    ])
    expect(all.raw().get()).toEqual([1, 'Ada'])
    expect([...all.iterate()].map(({ id }) => id)).toEqual([1, 2, 3])
    expect(all.columns()).toEqual([
      { name: 'id', type: 'INT' },
      { name: 'name', type: 'TEXT' },
    ])
    expect(db.prepare('SELECT id AS a, name AS a FROM users').raw().get()).toEqual([1, 'Ada'])
    expect(Object.keys(db.prepare('SELECT id AS "__proto__" FROM users').get() ?? {})).toEqual(['__proto__'])
    expect(all.get()).toEqual({ id: 1, name: 'Ada' })
    expect(db.prepare('SELECT id FROM users WHERE id = 9').get()).toBeUndefined()
    expect(db.prepare('SHOW TABLES').all()).toEqual([{ tables: 'users' }])
  })

  it('gives the first row again after what tables there are has changed, however long it is', async () => {
    await using db = await withUsers()
    const get = db.prepare('SELECT * FROM users WHERE id = ?')
    for (let round = 0; round < 3; round++) expect(get.get(1)).toEqual({ id: 1, name: 'Ada' })
    expect(get.get(9)).toBeUndefined()
    db.exec('ALTER TABLE users ADD COLUMN age INT DEFAULT 36')
    for (let round = 0; round < 3; round++) expect(get.get(1)).toEqual({ id: 1, name: 'Ada', age: 36 })
    const long = 'x'.repeat(100_000)
    db.prepare('UPDATE users SET name = ? WHERE id = 1').run(long)
    for (let round = 0; round < 3; round++) expect(get.get(1)).toEqual({ id: 1, name: long, age: 36 })
    const old = db.prepare("SELECT id FROM users AS OF 'HEAD' WHERE id = 1")
    await db.store.commit('one', { author })
    db.exec('DELETE FROM users')
    for (let round = 0; round < 2; round++) expect(old.get()).toEqual({ id: 1 })
    await db.store.commit('two', { author })
    expect(old.get()).toBeUndefined()
  })

  it('says how many rows it changed', async () => {
    await using db = await withUsers()
    expect(db.prepare("UPDATE users SET name = 'x' WHERE id > ?").run(1)).toEqual({ changes: 2 })
    expect(db.prepare('DELETE FROM users').run()).toEqual({ changes: 3 })
    const kinds = db.exec(
      'CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2); SELECT a FROM t; DROP TABLE t',
    )
    expect(kinds.map(({ kind, changes }) => [kind, changes])).toEqual([
      ['create', 0],
      ['insert', 2],
      ['select', 0],
      ['drop', 0],
    ])
    expect(kinds[2]?.rows).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('fails with what GlueSQL calls it, and where', async () => {
    await using db = await withUsers()
    const failing = (sql: string): SqlError => {
      try {
        db.exec(sql)
      } catch (error) {
        if (error instanceof SqlError) return error
      }
      throw new Error(`${sql} did not fail`)
    }
    expect(failing('SELECT *\n  FRUM users')).toMatchObject({
      reason: 'Syntax',
      position: { line: 2, column: 3 },
    })
    expect(failing("INSERT INTO users VALUES (1, 'x')")).toMatchObject({
      code: 'PROLLY_SQL',
      reason: 'Validate.DuplicateEntryOnPrimaryKeyField',
    })
    expect(failing('SELECT SUM(id) OVER () FROM users')).toMatchObject({ reason: 'Unsupported' })
    expect(failing('SELECT nothing FROM users').message).toContain('nothing')
    expect(failing('SELECT * FROM nowhere').reason).toBe('Fetch.TableNotFound')
  })

  it('shows each type as what it is', async () => {
    await using db = await ProllySqlStore.memory()
    db.exec(`CREATE TABLE kinds (
      id INT PRIMARY KEY, flag BOOLEAN, small INT8, large UINT128, float FLOAT, decimal DECIMAL, text TEXT, bytes BYTEA,
      day DATE, moment TIMESTAMP, clock TIME, length INTERVAL, uuid UUID, address INET, map MAP, list LIST, point POINT)`)
    const uuid = '936da01f-9abd-4d9d-80c7-02af85c822a8'
    db.prepare(
      `INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, INTERVAL '2' MONTH, ?, ?, ?, ?, POINT(1.5, 2))`,
    ).run(
      Number.MAX_SAFE_INTEGER,
      true,
      -5,
      2n ** 100n,
      0.5,
      1.1,
      'grüße',
      new Uint8Array([0, 255]),
      '2026-01-31',
      new Date('2026-01-31T10:20:30.456Z'),
      '10:20:30',
      uuid,
      '127.0.0.1',
      { a: 1, b: ['x', null] },
      [1, { c: true }],
    )
    const [row] = db.query('SELECT * FROM kinds')
    expect(row).toEqual({
      id: Number.MAX_SAFE_INTEGER,
      flag: true,
      small: -5,
      large: 2n ** 100n,
      float: 0.5,
      decimal: '1.1',
      text: 'grüße',
      bytes: new Uint8Array([0, 255]),
      day: '2026-01-31',
      moment: new Date('2026-01-31T10:20:30.456Z'),
      clock: '10:20:30',
      length: { months: 2 },
      uuid,
      address: '127.0.0.1',
      map: { a: 1, b: ['x', null] },
      list: [1, { c: true }],
      point: { x: 1.5, y: 2 },
    })
    db.exec('INSERT INTO kinds (id) SELECT 9223372036854775807 FROM kinds WHERE FALSE')
    db.exec('CREATE TABLE big (n INT); INSERT INTO big VALUES (9223372036854775807), (7)')
    expect(() => db.query('SELECT n FROM big')).toThrow(RangeError)
    const read = (integers: 'bigint' | 'auto') => db.prepare('SELECT n FROM big', { integers }).raw().all()
    expect(read('bigint')).toEqual([[2n ** 63n - 1n], [7n]])
    expect(read('auto')).toEqual([[2n ** 63n - 1n], [7]])
    const shown = db.prepare('SELECT day, moment, decimal FROM kinds', {
      dates: 'date',
      timestamps: 'string',
      decimals: Number,
    })
    expect(shown.raw().get()).toEqual([new Date('2026-01-31'), '2026-01-31T10:20:30.456', 1.1])
    expect(() => db.prepare('SELECT 1', { integers: 'x' as never })).toThrow(InvalidArgumentError)
  })

  it('runs off the event loop too', async () => {
    await using db = await withUsers()
    expect(await db.promises.query('SELECT id FROM users WHERE id < ?', 3)).toEqual([{ id: 1 }, { id: 2 }])
    const insert = db.prepare('INSERT INTO users VALUES (?, ?)')
    await Promise.all([10, 11, 12, 13].map(async (id) => insert.promises.run(id, null)))
    expect(await db.prepare('SELECT COUNT(*) AS n FROM users').promises.get()).toEqual({ n: 7 })
    const seen: unknown[] = []
    for await (const row of db.prepare('SELECT id FROM users').raw().iterate()) seen.push(...row)
    expect(seen).toEqual([1, 2, 3, 10, 11, 12, 13])
    await expect(db.promises.exec('nonsense')).rejects.toThrow(SqlError)
  })
})

/** Reads rows for hours. */
const ENDLESS = 'SELECT COUNT(*) AS n FROM SERIES(1000000000000)'

describe('a signal', () => {
  it('ends a statement that runs off the event loop, which leaves nothing behind', async () => {
    await using db = await withUsers()
    const soon = () => AbortSignal.timeout(20)
    const aborted = { name: 'AbortError', code: 'PROLLY_ABORTED', cause: { name: 'TimeoutError' } }
    const { promises } = db.prepare(ENDLESS)
    await expect(promises.withSignal(soon()).get()).rejects.toMatchObject(aborted)
    await expect(promises.withSignal(soon()).all()).rejects.toMatchObject(aborted)
    await expect(db.promises.withSignal(soon()).query(ENDLESS)).rejects.toMatchObject(aborted)
    const insert = 'INSERT INTO users SELECT N, NULL FROM SERIES(1000000000000) WHERE N < 0'
    await expect(db.promises.withSignal(soon()).exec(insert)).rejects.toMatchObject(aborted)
    await expect(db.prepare(insert).promises.withSignal(soon()).run()).rejects.toMatchObject(aborted)
    const update = `UPDATE users SET name = 'x' WHERE id = (${ENDLESS})`
    await expect(db.prepare(update).promises.withSignal(soon()).run()).rejects.toMatchObject(aborted)
    expect(await db.promises.query('SELECT COUNT(*) AS n FROM users')).toEqual([{ n: 3 }])
    expect(() => promises.withSignal('soon' as never)).toThrow(InvalidArgumentError)
  })

  it('ends a walk between two rows', async () => {
    await using db = await withUsers()
    const controller = new AbortController()
    const walk = db
      .prepare('SELECT N FROM SERIES(1000000000)')
      .promises.withSignal(controller.signal)
      .iterate()
    expect(await walk.next()).toEqual({ done: false, value: { N: 1 } })
    controller.abort(new Error('enough'))
    const rest = async () => {
      for await (const _ of walk);
    }
    await expect(rest()).rejects.toMatchObject({ name: 'AbortError', cause: { message: 'enough' } })
  })

  it('ends one statement of a transaction, or all of it', async () => {
    await using db = await withUsers()
    await db.transactionAsync(async (tx) => {
      await tx.promises.exec("UPDATE users SET name = 'Ada L.' WHERE id = 1")
      await expect(tx.promises.withSignal(AbortSignal.timeout(20)).exec(ENDLESS)).rejects.toThrow()
      tx.exec('DELETE FROM users WHERE id = 3')
    })
    expect(db.query('SELECT name FROM users')).toEqual([{ name: 'Ada L.' }, { name: 'Grace' }])
    const controller = new AbortController()
    const given = db.transactionAsync(
      (tx) => {
        tx.exec('DELETE FROM users')
        controller.abort()
      },
      { signal: controller.signal },
    )
    await expect(given).rejects.toMatchObject({ name: 'AbortError' })
    expect(db.query('SELECT COUNT(*) AS n FROM users')).toEqual([{ n: 2 }])
  })
})

describe('a transaction', () => {
  it('is staged whole or not at all, and nests', async () => {
    await using db = await withUsers()
    const insert = db.prepare('INSERT INTO users VALUES (?, NULL)')
    const count = () => db.prepare<{ n: number }>('SELECT COUNT(*) AS n FROM users').get()?.n
    const fill = db.transaction((...ids: number[]) => {
      for (const id of ids) insert.run(id)
      return ids.length
    })
    expect(fill(10, 11)).toBe(2)
    expect(() => fill(12, 10)).toThrow(SqlError)
    expect(count()).toBe(5)
    db.transaction(() => {
      insert.run(20)
      expect(db.inTransaction).toBe(true)
      expect(() => fill(21, 20)).toThrow(SqlError)
      fill(22)
    })()
    expect(count()).toBe(7)
    expect(db.inTransaction).toBe(false)
    expect(() => db.transaction(async () => insert.run(30))()).toThrow('promise')
    expect(count()).toBe(7)
  })

  it('may wait, and is refused when another one changed the same rows', async () => {
    await using db = await withUsers()
    const race = db.transactionAsync(async (tx) => {
      await tx.promises.exec("UPDATE users SET name = 'mine' WHERE id = 1")
      db.exec("UPDATE users SET name = 'other' WHERE id = 1")
    })
    await expect(race).rejects.toThrow(ConflictError)
    await db.transactionAsync(async (tx) => {
      tx.prepare("UPDATE users SET name = 'mine' WHERE id = ?").run(2)
      db.exec("UPDATE users SET name = 'other' WHERE id = 3")
      await expect(tx.promises.query('SELECT name FROM users WHERE id = 2')).resolves.toEqual([
        { name: 'mine' },
      ])
    })
    expect(db.query('SELECT name FROM users')).toEqual([
      { name: 'other' },
      { name: 'mine' },
      { name: 'other' },
    ])
    await expect(
      db.transactionAsync(() => {
        throw new TypeError('mine')
      }),
    ).rejects.toThrow(TypeError)
  })
})

describe('tables', () => {
  it('share commits and branches with keys, and are read as of any of them', async () => {
    const folder = join(temporaryFolder(), 'shop')
    {
      await using db = await ProllySqlStore.init(folder, { branch: 'main' })
      db.exec('CREATE TABLE items (id INT PRIMARY KEY, name TEXT)')
      db.exec("INSERT INTO items VALUES (1, 'pen')")
      db.store.insert('note', 'first')
      await db.store.commit('one', { author })
      db.exec("UPDATE items SET name = 'ink'")
      await db.store.commit('two', { author })
    }
    await using store = await VersionedKvStore.open(folder)
    await using db = ProllySqlStore.over(store)
    expect(store.get('note')).toBe('first')
    using before = await db.at('HEAD~1')
    expect(before.query('SELECT name FROM items')).toEqual([{ name: 'pen' }])
    expect(before.keys.get('note')).toBe('first')
    expect(() => before.exec('DELETE FROM items')).toThrow('cannot be written to')
    expect(
      db.query(
        "SELECT n.name AS now, o.name AS before FROM items n JOIN items AS OF 'HEAD~1' o ON n.id = o.id",
      ),
    ).toEqual([{ now: 'ink', before: 'pen' }])
    expect(db.query('SELECT message FROM prolly_log')).toEqual([{ message: 'two' }, { message: 'one' }])
    expect(db.query`SELECT to_name FROM prolly_diff('items', ${'HEAD~1'}, 'HEAD')`).toEqual([
      { to_name: 'ink' },
    ])
    await db.close()
    expect(store.isOpen).toBe(true)
    expect(() => db.query('SELECT 1')).toThrow(ClosedError)
  })

  it('are closed with their store', async () => {
    const db = await withUsers()
    const statement = db.prepare('SELECT * FROM users')
    const rows = statement.iterate()[Symbol.iterator]()
    rows.next()
    await db.close()
    expect(() => rows.next()).toThrow(ClosedError)
    expect(() => statement.all()).toThrow(ClosedError)
    await expect(statement.promises.all()).rejects.toThrow(ClosedError)
    await db.close()
  })
})
