import { expect, it } from 'vitest'
import {
  DELETE,
  MergeConflictError,
  ProllySqlStore,
  type RowConflict,
  TAKE_DESTINATION,
  TAKE_SOURCE,
} from '../ts/index.js'

const author = { name: 'Ada', email: 'ada@example.org' }

/** A table of three rows, changed by `ours` on main and by `theirs` on the branch `other`. */
async function apart(ours: string, theirs: string): Promise<ProllySqlStore> {
  const db = await ProllySqlStore.memory({ branch: 'main' })
  db.exec(`
    CREATE TABLE people (id INT PRIMARY KEY, name TEXT UNIQUE, age INT);
    INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob', 40), (3, 'Cleo', 20)`)
  await db.store.commit('Begin', { author })
  await db.store.createBranch('other')
  db.exec(ours)
  await db.store.commit('Ours', { author })
  await db.store.checkout('other')
  db.exec(theirs)
  await db.store.commit('Theirs', { author })
  await db.store.checkout('main')
  return db
}

async function all<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of sequence) items.push(item)
  return items
}

const OURS = 'UPDATE people SET age = 1 WHERE id < 3; DELETE FROM people WHERE id = 3'
const THEIRS = "UPDATE people SET age = 2; UPDATE people SET name = 'Bo' WHERE id = 2"

it('lists rows in conflict by table and key, and leaves all as it was', async () => {
  await using db = await apart(OURS, THEIRS)
  db.store.insert('key', 'value')
  await db.store.discard()
  const error: unknown = await db.store.merge('other', { author }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(MergeConflictError)
  expect(error).toMatchObject({
    message: expect.stringContaining('row 1 of table "people"') as unknown,
    conflicts: [],
    rows: [
      { table: 'people', key: '1' },
      { table: 'people', key: '2' },
      { table: 'people', key: '3' },
    ],
  })
  expect(db.query('SELECT age FROM people')).toEqual([{ age: 1 }, { age: 1 }])
})

it('settles rows by a resolver of their own, which the one for keys does not do', async () => {
  await using db = await apart(OURS, THEIRS)
  const seen: RowConflict[] = []
  const answers = [TAKE_SOURCE, TAKE_DESTINATION, DELETE] as const
  await expect(db.store.merge('other', { author, resolve: () => 'value' })).rejects.toBeInstanceOf(
    MergeConflictError,
  )
  await expect(
    db.store.merge('other', { author, resolveRow: (() => 'value') as never }),
  ).rejects.toMatchObject({ code: 'PROLLY_INVALID_ARGUMENT' })
  const result = await db.store.merge('other', {
    author,
    resolveRow(conflict) {
      seen.push(conflict)
      return answers[seen.length - 1] ?? DELETE
    },
  })
  expect(result).toMatchObject({ kind: 'merged', conflicts: 3 })
  expect(seen.map(({ key }) => key)).toEqual(['1', '2', '3'])
  expect(db.query('SELECT id, name, age FROM people')).toEqual([
    { id: 1, name: 'Ada', age: 2 },
    { id: 2, name: 'Bob', age: 1 },
  ])
  expect(db.query("SELECT id FROM people WHERE name = 'Bo'")).toEqual([])
})

it('lets conflicts wait, to be settled in SQL', async () => {
  await using db = await apart(OURS, THEIRS)
  expect(await db.store.merge('other', { author, suspend: true })).toEqual({
    kind: 'suspended',
    conflicts: 3,
  })
  expect(await all(db.store.conflicts())).toEqual([])
  expect(await all(db.store.rowConflicts())).toMatchObject([{ key: '1' }, { key: '2' }, { key: '3' }])
  await expect(db.store.continueMerge()).rejects.toMatchObject({
    rows: [{ key: '1' }, { key: '2' }, { key: '3' }],
  })
  db.exec('UPDATE people SET age = 3 WHERE id = 1')
  expect(
    db.query('SELECT base_id, destination_age, source_age, source_name FROM prolly_conflicts_people'),
  ).toEqual([
    { base_id: 2, destination_age: 1, source_age: 2, source_name: 'Bo' },
    { base_id: 3, destination_age: null, source_age: 2, source_name: 'Cleo' },
  ])
  expect(await db.store.resolveConflicts('takeSource')).toBe(2)
  await db.store.continueMerge()
  expect(db.query('SELECT id, name, age FROM people')).toEqual([
    { id: 1, name: 'Ada', age: 3 },
    { id: 2, name: 'Bo', age: 2 },
    { id: 3, name: 'Cleo', age: 2 },
  ])
})

it('refuses what would break a rule, whatever the strategy', async () => {
  await using db = await apart(
    "INSERT INTO people VALUES (4, 'Dan', 1)",
    "UPDATE people SET name = 'Dan' WHERE id = 1",
  )
  for (const strategy of [undefined, 'takeSource', 'ignoreAll'] as const) {
    await expect(db.store.merge('other', { author, ...(strategy && { strategy }) })).rejects.toMatchObject({
      code: 'PROLLY_CONSTRAINT',
      details: { rules: [{ table: 'people', reason: 'would have "Dan" twice in its UNIQUE column name' }] },
    })
  }
  expect(db.query('SELECT COUNT(*) AS n FROM people')).toEqual([{ n: 4 }])
})

it('says of a table that contradicts itself that it is one', async () => {
  await using db = await apart(
    'ALTER TABLE people ADD COLUMN more INT DEFAULT 1',
    "ALTER TABLE people ADD COLUMN more TEXT DEFAULT ''",
  )
  await expect(db.store.merge('other', { author })).rejects.toMatchObject({
    namespaces: [{ kind: 'table', namespace: 'people', reason: 'schemas' }],
  })
})
