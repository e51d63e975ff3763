import { condition, expression, fieldsOf, type Scope } from './expressions.js'
import type { Random } from './random.js'
import { type Column, KEYS, ofKind, randomValue, type Table } from './tables.js'
import { type Statement, Text } from './text.js'

/** A statement that changes rows, or fails. */
export function change(random: Random, tables: readonly Table[]): Statement {
  const text = new Text(random)
  const table = random.oneOf(tables)
  // Columns of the table that is changed have its name before them: it cannot have another.
  const scope = { fields: fieldsOf(table, table.name), tables, depth: 0 }
  return random.oneOf([insert, insert, insert, insertOfQuery, update, update, update, remove])(
    text,
    table,
    scope,
  )
}

function insert(text: Text, table: Table): Statement {
  const { random } = text
  // Named in any order, or not at all.
  const named = random.once(3) ? random.shuffled(table.columns) : table.columns
  const names = named === table.columns ? '' : ` (${named.map(({ name }) => name).join(', ')})`
  const row = (): string => `(${named.map((column) => valueOf(text, column)).join(', ')})`
  return text.done(`INSERT INTO ${table.name}${names} VALUES ${random.some(4, row).join(', ')}`)
}

/** The first rows of a table: none of them clash. */
export function fill(random: Random, table: Table, rows: number): Statement {
  const text = new Text(random)
  const numbers = random.shuffled(Array.from({ length: KEYS }, (_, number) => number)).slice(0, rows)
  const value = (column: Column, number: number): string =>
    column.isKey || column.isUnique ? text.value(ofKind(column.kind, number)) : valueOf(text, column)
  const row = (number: number): string =>
    `(${table.columns.map((column) => value(column, number)).join(', ')})`
  return text.done(`INSERT INTO ${table.name} VALUES ${numbers.map(row).join(', ')}`)
}

/** Rows of another table under keys of their own, which clash when there is more than one. */
function insertOfQuery(text: Text, table: Table, { tables }: Scope): Statement {
  const { random } = text
  const source = random.oneOf(tables)
  const scope = { fields: fieldsOf(source, 't'), tables, depth: 0 }
  const values = table.columns.map((column) =>
    column.isKey || column.isUnique || !column.isNullable
      ? written(randomValue(random, column))
      : expression(text, { ...scope, depth: 2 }, column.kind),
  )
  return text.done(
    `INSERT INTO ${table.name} SELECT ${values.join(', ')} FROM ${source.name} AS t WHERE ${condition(text, scope)}`,
  )
}

/** Of one column or several; a UNIQUE one is set to one value, which clashes unless one row at most is changed. */
function update(text: Text, table: Table, scope: Scope): Statement {
  const { random } = text
  const columns = random.shuffled(table.columns.filter(({ isKey }) => !isKey)).slice(0, 1 + random.below(2))
  const assign = (column: Column): string => {
    const isFree = !column.isUnique && random.once(2)
    return `${column.name} = ${isFree ? expression(text, scope, column.kind) : valueOf(text, column)}`
  }
  const assignments = columns.map(assign).join(', ')
  const key = `${table.name}.${table.key.name}`
  const which = random.once(2) ? `${key} = ${valueOf(text, table.key)}` : condition(text, scope)
  return text.done(`UPDATE ${table.name} SET ${assignments} WHERE ${which}`)
}

/** Of few rows, so that there are always some. */
function remove(text: Text, table: Table, scope: Scope): Statement {
  const { random } = text
  const keys = random.some(2, () => valueOf(text, table.key)).join(', ')
  const more = random.once(3) ? ` OR (${condition(text, scope)} AND ${table.name}.a % 7 = 1)` : ''
  return text.done(`DELETE FROM ${table.name} WHERE ${table.name}.${table.key.name} IN (${keys})${more}`)
}

function valueOf(text: Text, column: Column): string {
  return text.value(randomValue(text.random, column))
}

/** A value within a query: of what kind a parameter were nothing would say there. */
function written(value: number | string | null): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
