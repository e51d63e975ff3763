// A database with the interface of better-sqlite3: that of SQLite, and of ours.
import { numberOf, numberOfFirst } from '../answer.mjs'

export class PreparedDatabase {
  /** The database itself. */
  inner
  #inserts = new Map()

  constructor(inner) {
    this.inner = inner
  }

  run(sql) {
    this.inner.exec(sql)
  }

  load(table, rows) {
    this.insert(table)(rows)
  }

  /** What runs a query, or a statement that changes rows. */
  prepare(sql, take) {
    const statement = this.inner.prepare(sql)
    if (!sql.startsWith('SELECT')) return (parameters) => statement.run(...parameters).changes
    if (take === 'one') return (parameters) => numberOf([statement.get(...parameters)])
    if (take === 'first') return (parameters) => numberOfFirst(statement.get(...parameters))
    return (parameters) => numberOf(statement.all(...parameters))
  }

  /** What inserts rows in one transaction. */
  insert(table) {
    const known = this.#inserts.get(table)
    if (known !== undefined) return known
    let statement
    const run = (rows) => {
      statement ??= this.inner.prepare(`INSERT INTO ${table} VALUES (${rows[0].map(() => '?').join(', ')})`)
      let changes = 0
      for (const row of rows) changes += statement.run(...row).changes
      return changes
    }
    const transaction = this.inner.transaction(run)
    // A statement alone is a transaction.
    const insert = (rows) => (rows.length === 1 ? run(rows) : transaction(rows))
    this.#inserts.set(table, insert)
    return insert
  }
}
