// Random statements in a store and in SQLite: the same rows, the same counts, and both fail or neither. What the two answer
// differently is not asked, or is written for SQLite in its words (helpers/sql/sqlite.ts):
//
// - LIKE ignores the case of ASCII in SQLite, unless it is told not to.
// - Columns of SQLite take values of any type, unless the table is strict.
// - NULL comes first in the order of SQLite, and last here.
// - A comparison that is selected is a number in SQLite, and a boolean here.
// - Division by zero is NULL in SQLite, and an error here: divisors are never 0.
// - Numbers that are written out are decimals here, so that 5 / 2 is 2.5, and 2 in SQLite: one side is a column.
// - A query for one value that has several rows gives the first in SQLite, and is an error here: such queries are aggregates.
// - Keys cannot be updated here. A UNIQUE column is set to one value: SQLite compares rows one by one as it goes.
// - SAVEPOINT begins a transaction in SQLite, and wants one here.
import { beforeAll, expect, it } from 'vitest'
import { ProllySqlStore } from '../ts/index.js'
import { type Answer, installSqlite, Sqlite } from './helpers/sql/sqlite.js'
import { statements } from './helpers/sql/statements.js'
import type { Statement } from './helpers/sql/text.js'

const STATEMENTS = 10_000
/** `SQL_SEED=8 npx vitest run __test__/sql-differential.test.ts` asks others. */
const SEED = Number(process.env.SQL_SEED ?? 7)

/** Many levels for few rows. */
const config = { leaf: { window: 1, min: 4, max: 16 }, internal: { window: 1, min: 4, max: 16 } }

/** What a statement gave, in a form by which two databases can be compared. */
type Outcome = { readonly error: string } | { readonly text: string; readonly count: number }

/** Both have minutes where others use the machine: one to compile SQLite, the other to ask. */
beforeAll(installSqlite, 600_000)
const ASKING = 180_000

it(
  'answers ten thousand random statements as SQLite does',
  async () => {
    await using db = await ProllySqlStore.memory({ config })
    using sqlite = new Sqlite()
    const seen = { rows: 0, changes: 0, failures: 0 }
    let number = 0
    for (const statement of statements(SEED, STATEMENTS)) {
      const wanted = outcome(statement, () => sqlite.run(statement))
      const found = outcome(statement, () => ours(db, statement))
      const parameters = JSON.stringify(statement.parameters)
      const what = `SQL_SEED=${SEED}, statement ${number++}: ${statement.sql}\n${parameters}`
      if ('error' in wanted || 'error' in found) {
        expect('error' in found, `${what}\nSQLite: ${said(wanted)}\nhere: ${said(found)}`).toBe(
          'error' in wanted,
        )
        seen.failures++
      } else {
        expect(found.text, what).toBe(wanted.text)
        seen[isQuery(statement) ? 'rows' : 'changes'] += wanted.count
      }
    }
    // Else hardly anything would have been compared.
    expect(seen.rows).toBeGreaterThan(100_000)
    expect(seen.changes).toBeGreaterThan(5_000)
    expect(seen.failures).toBeLessThan(STATEMENTS / 5)
  },
  ASKING,
)

function ours(db: ProllySqlStore, statement: Statement): Answer {
  const prepared = db.prepare(statement.sql)
  return isQuery(statement)
    ? prepared.raw().all(statement.parameters)
    : prepared.run(statement.parameters).changes
}

function isQuery({ sql }: Statement): boolean {
  return sql.startsWith('SELECT')
}

function outcome(statement: Statement, run: () => Answer): Outcome {
  let answer: Answer
  try {
    answer = run()
  } catch (error) {
    return { error: String(error) }
  }
  if (typeof answer === 'number') return { text: String(answer), count: answer }
  const rows = answer.map((row) => JSON.stringify(row.map(comparable)))
  return { text: (statement.isOrdered ? rows : rows.toSorted()).join('\n'), count: rows.length }
}

/** Means and sums differ in their last digits when rows come in another order. */
function comparable(value: unknown): unknown {
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value)
  return typeof value === 'number' ? Number(value.toPrecision(12)) : value
}

function said(one: Outcome): string {
  return 'error' in one ? one.error : one.text
}
