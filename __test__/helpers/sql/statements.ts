import { change, fill } from './changes.js'
import { query } from './queries.js'
import { Random } from './random.js'
import { createTable, randomTable, type Table } from './tables.js'
import type { Statement } from './text.js'

const NAMES = ['big', 'small', 'third']
/** After so many statements there are other tables. */
const ROUND = 500

/** Rows of a table to begin with. */
const ROWS = 60

/** So many statements that look random, and are the same for the same seed: tables, indexes, transactions, changes, queries. */
export function* statements(seed: number, count: number): Generator<Statement> {
  let left = count
  for (const statement of endless(new Random(seed))) {
    if (left-- === 0) return
    yield statement
  }
}

function* endless(random: Random): Generator<Statement> {
  let dropped: string[] = []
  for (let round = 0; ; round++) {
    const tables = NAMES.map((name) => randomTable(random, name))
    yield* [...dropped, ...tables.map(createTable)].map(plain)
    yield* tables.map((table) => fill(random, table, ROWS))
    const transaction = new Transaction(random)
    const indexes: string[] = []
    for (let number = 0; number < ROUND; number++) yield next(random, tables, transaction, indexes, round)
    dropped = [...transaction.end(), ...NAMES.map((name) => `DROP TABLE ${name}`)]
  }
}

function next(
  random: Random,
  tables: readonly Table[],
  transaction: Transaction,
  indexes: string[],
  round: number,
): Statement {
  if (random.once(40)) return plain(index(random, tables, indexes, round))
  if (random.once(12)) return plain(transaction.next())
  if (random.once(10)) return plain(`SELECT * FROM ${random.oneOf(tables).name}`)
  return random.once(3) ? change(random, tables) : query(random, tables)
}

/** Makes an index, or drops one that was there, and may be there no more. */
function index(random: Random, tables: readonly Table[], indexes: string[], round: number): string {
  if (indexes.length > 3 && random.once(3)) return `DROP INDEX ${random.oneOf(indexes)}`
  const { name, columns } = random.oneOf(tables)
  const made = `i${round}_${indexes.length}`
  indexes.push(`${name}.${made}`)
  return `CREATE INDEX ${made} ON ${name} (${random.oneOf(columns).name})`
}

/** Whether a transaction is under way, and its savepoints. */
class Transaction {
  readonly #random: Random
  #isOpen = false
  #savepoints: string[] = []

  constructor(random: Random) {
    this.#random = random
  }

  /** What ends it. */
  end(): string[] {
    return this.#isOpen ? ['COMMIT'] : []
  }

  next(): string {
    const random = this.#random
    if (!this.#isOpen) return this.#begin()
    const savepoint = random.oneOf([...this.#savepoints, 'none'])
    switch (random.below(9)) {
      case 0:
      case 1:
      case 2: {
        const name = `s${this.#savepoints.length}`
        this.#savepoints.push(name)
        return `SAVEPOINT ${name}`
      }
      case 3:
      case 4:
        this.#keep(savepoint, 1)
        return `ROLLBACK TO ${savepoint}`
      case 5:
        this.#keep(savepoint, 0)
        return `RELEASE ${savepoint}`
      default:
        this.#isOpen = false
        return random.oneOf(['COMMIT', 'ROLLBACK'])
    }
  }

  #begin(): string {
    if (this.#random.once(10)) return this.#random.oneOf(['COMMIT', 'ROLLBACK'])
    this.#isOpen = true
    this.#savepoints = []
    return 'BEGIN'
  }

  #keep(savepoint: string, more: number): void {
    const at = this.#savepoints.indexOf(savepoint)
    if (at >= 0) this.#savepoints.length = at + more
  }
}

function plain(sql: string): Statement {
  return { sql, parameters: {}, isOrdered: false }
}
