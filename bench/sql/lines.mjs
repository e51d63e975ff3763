// What is timed: each line of the table asks the contenders for operations, with input made outside of the time.
import { UPDATE } from './contenders/index.mjs'

/** Rows of a range by key. */
const RANGE = 100
/** An index range has one row in so many. */
const PART = 100
/** Rows that two versions differ by, and that each side of a merge changes. */
const CHANGED = 1000

/** As many changes, or fewer of a small table. */
function count(data, operations) {
  return Math.max(1, Math.min(operations, Math.floor(data.rows / 50)))
}

/** A query for each of some parameters. */
const query = (id, title, sql, parameters, more) => ({
  id,
  title,
  request: (data, repeat) => ({ do: 'query', sql, parameters: parameters(data, repeat), ...more }),
})

/** A query that has none, so many times. */
const again = (id, title, sql, times, more) =>
  query(id, title, sql, () => Array.from({ length: times }, () => []), more)

const insert = (table, size, transactions) => ({
  id: table === 'uniques' ? `insert-${size}-unique` : `insert-${size}`,
  title: `insert, ${size.toLocaleString('en')} a transaction${table === 'uniques' ? ', UNIQUE' : ''}, a row`,
  each: size,
  request: (data) => ({
    do: 'insert',
    table,
    transactions: Array.from({ length: count(data, transactions) }, () => data.newRows(size)),
  }),
  check: ({ transactions: [[[id]]] }) => byKey(id, table),
})

function byKey(id, table = 'items') {
  return { do: 'query', sql: `SELECT * FROM ${table} WHERE id = ?`, parameters: [[id]] }
}

/** New amounts of rows, none of which comes twice, nor is one of those that are deleted. */
function amounts(data, rows, seed) {
  const numbers = data.numbers(rows, 1_000_000, seed)
  const first = (seed * 7919) % (data.rows / 2 - rows)
  return data.keys(first, rows).map((id, index) => [numbers[index], id])
}

/** The update whose time is to be the same, whatever the size of the table. */
export const FLAT = {
  id: 'update',
  title: 'update by key',
  request: (data, repeat) => ({
    do: 'change',
    sql: UPDATE,
    parameters: amounts(data, count(data, 1000), repeat),
  }),
  check: ({ parameters: [[, id]] }) => byKey(id),
}

/**
 * All lines, in the order of the table: those that change rows behind those that read them, so that who has no time for all
 * changes has the same rows to read.
 *
 * - `id`, `title`: what options and tables call it.
 * - `request(data, repeat)`: what is asked for, as contenders/index.mjs has it.
 * - `each`: so many of what the title is about are in one operation; 1 when left out.
 * - `check(request)`: a query on whose answer all must agree afterwards; what changes rows answers only how many.
 * - `onlyOurs`: nobody else has versions.
 */
export const LINES = [
  query(
    'select-key',
    'select by key',
    'SELECT * FROM items WHERE id = ?',
    (data, repeat) => data.keys(repeat * 104_729, 10_000).map((id) => [id]),
    { take: 'one' },
  ),
  query(
    'select-range',
    `select a key range of ${RANGE}`,
    'SELECT * FROM items WHERE id BETWEEN ? AND ?',
    (data, repeat) =>
      data
        .numbers(1000, data.rows - RANGE, 100 + repeat)
        .map((start) => [2 * start, 2 * (start + RANGE - 1)]),
  ),
  query(
    'select-index',
    'select an index range of 1 %',
    'SELECT id, amount FROM items WHERE score BETWEEN ? AND ?',
    (data, repeat) =>
      data
        .numbers(20, data.rows - data.rows / PART, 200 + repeat)
        .map((start) => [start, start + data.rows / PART - 1]),
  ),
  again(
    'join',
    'join of 10,000 rows by key',
    'SELECT COUNT(*), SUM(items.amount) FROM orders JOIN items ON items.id = orders.item',
    1,
  ),
  again('scan', 'sum of one column of ten', 'SELECT SUM(amount) FROM items', 1),
  again('count', 'count of all rows', 'SELECT COUNT(*) FROM items', 10),
  again('first', 'first row of all', 'SELECT * FROM items', 100, { take: 'first' }),
  FLAT,
  insert('items', 1, 1000),
  insert('items', 100, 20),
  insert('items', 10_000, 2),
  insert('uniques', 1, 1000),
  insert('uniques', 100, 20),
  insert('uniques', 10_000, 2),
  {
    id: 'delete',
    title: 'delete by key',
    request: (data) => ({
      do: 'change',
      sql: 'DELETE FROM items WHERE id = ?',
      parameters: data.keysOnce(count(data, 1000)).map((id) => [id]),
    }),
    check: ({ parameters: [[id]] }) => byKey(id),
  },
  {
    id: 'diff',
    title: `diff of ${CHANGED.toLocaleString('en')} changed rows`,
    onlyOurs: true,
    request: (data, repeat) => ({ do: 'diff', changes: amounts(data, CHANGED, 1000 + repeat) }),
    check: ({ changes: [[, id]] }) => byKey(id),
  },
  {
    id: 'merge',
    title: `merge of ${CHANGED.toLocaleString('en')} x ${CHANGED.toLocaleString('en')} changed rows`,
    onlyOurs: true,
    request: (data, repeat) => {
      const changes = amounts(data, 2 * CHANGED, 2000 + repeat)
      return { do: 'merge', ours: changes.slice(0, CHANGED), theirs: changes.slice(CHANGED) }
    },
    check: ({ theirs: [[, id]] }) => byKey(id),
  },
]
