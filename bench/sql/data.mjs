// The rows of the tables, made anew from numbers: the process that asks makes them once and sends them to all contenders.
import { Random, randomBytes } from '../node/data.mjs'

/** The tables: rows of ten columns, the same with a UNIQUE one, and few rows that name some of them. */
const COLUMNS = [
  'id INTEGER PRIMARY KEY',
  'score INTEGER NOT NULL',
  'amount INTEGER NOT NULL',
  'quantity INTEGER NOT NULL',
  'name TEXT NOT NULL',
  'email TEXT NOT NULL',
  'street TEXT NOT NULL',
  'city TEXT NOT NULL',
  'code TEXT NOT NULL',
  'note TEXT NOT NULL',
]
export const TABLES = [
  `CREATE TABLE items (${COLUMNS.join(', ')})`,
  `CREATE TABLE uniques (${COLUMNS.join(', ').replace('name TEXT', 'name TEXT UNIQUE')})`,
  'CREATE TABLE orders (id INTEGER PRIMARY KEY, item INTEGER NOT NULL, quantity INTEGER NOT NULL)',
]
export const INDEX = 'CREATE INDEX by_score ON items (score)'

/** Rows that are sent together. */
export const CHUNK = 10_000
/** Rows that are inserted in all, at most. Those of a small table are for the most part behind all others. */
const NEW_ROWS = 500_000
/** Rows of the table that is joined with the large one. */
const ORDERS = 10_000
/** Characters of the texts of a row: random, so that nothing of them shrinks. */
const LENGTHS = [16, 20, 16, 12, 8, 40]
const TEXT_BYTES = (LENGTHS.reduce((sum, length) => sum + length) * 3) / 4

/** Rows of the tables, and numbers of some of them. */
export class Data {
  #present
  #absent
  #taken = 0
  #made = 0

  /** @param rows - Rows of each large table. */
  constructor(rows) {
    this.rows = rows
    // Every second number is a row, so that rows are inserted in the midst of others.
    this.#present = shuffled(rows, 1)
    this.#absent = shuffled(Math.max(rows, NEW_ROWS), 2)
  }

  /** The chunks of a table, in random order of their keys. */
  *chunks(table) {
    const count = table === 'orders' ? ORDERS : this.rows
    for (let start = 0; start < count; start += CHUNK) {
      const length = Math.min(CHUNK, count - start)
      yield Array.from({ length }, (_, index) =>
        table === 'orders'
          ? [start + index, 2 * this.#present[(start + index) % this.rows], index % 10]
          : row(2 * this.#present[start + index], this.rows),
      )
    }
  }

  /** Keys of rows, in random order; of `count` that follow each other in the numbering none comes twice. */
  keys(first, count) {
    return Array.from({ length: count }, (_, index) => 2 * this.#present[(first + index) % this.rows])
  }

  /** Keys that were not given by this before. */
  keysOnce(count) {
    this.#taken += count
    return this.keys(this.rows - this.#taken, count)
  }

  /** Rows that no table has, and that were not given before. */
  newRows(count) {
    const start = this.#made
    this.#made += count
    return Array.from({ length: count }, (_, index) => row(2 * this.#absent[start + index] + 1, this.rows))
  }

  /** As many numbers below a limit. */
  numbers(count, limit, seed) {
    const random = new Random(seed)
    return Array.from({ length: count }, () => random.next() % limit)
  }
}

function row(id, rows) {
  const random = new Random(id + 1_000_000)
  const [score, amount, quantity] = [random.next() % rows, random.next() % 1_000_000, random.next() % 1000]
  const text = randomBytes(random, TEXT_BYTES).toString('base64')
  let start = 0
  return [id, score, amount, quantity, ...LENGTHS.map((length) => text.slice(start, (start += length)))]
}

/** The numbers below a limit, in random order. */
function shuffled(limit, seed) {
  const random = new Random(seed)
  const numbers = Uint32Array.from({ length: limit }, (_, index) => index)
  for (let last = limit - 1; last > 0; last--) {
    const other = random.next() % (last + 1)
    const number = numbers[last]
    numbers[last] = numbers[other]
    numbers[other] = number
  }
  return numbers
}
