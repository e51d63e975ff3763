import { condition, expression, fieldOf, fieldsOf, type Field, type Scope, subquery } from './expressions.js'
import type { Kind, Table } from './tables.js'
import { type Statement, Text } from './text.js'
import type { Random } from './random.js'

const KINDS: readonly Kind[] = ['INT', 'INT', 'TEXT', 'FLOAT']

/** A query of any kind. */
export function query(random: Random, tables: readonly Table[]): Statement {
  const forms = [
    unordered,
    unordered,
    ordered,
    ordered,
    aggregates,
    groups,
    groups,
    distinct,
    joined,
    joined,
    derived,
    scalar,
  ]
  return random.oneOf(forms)(new Text(random), tables)
}

type Form = (text: Text, tables: readonly Table[]) => Statement

/** A table, and what may be said of it. */
interface From {
  readonly table: Table
  readonly scope: Scope
}

function from(text: Text, tables: readonly Table[], alias = 't'): From {
  const table = text.random.oneOf(tables)
  return { table, scope: { fields: fieldsOf(table, alias), tables, depth: 0 } }
}

function where(text: Text, scope: Scope): string {
  return text.random.once(5) ? '' : ` WHERE ${condition(text, scope)}`
}

function columns(text: Text, scope: Scope): string {
  const one = (index: number): string => {
    const value = text.random.once(6)
      ? `(${condition(text, scope)})`
      : expression(text, scope, text.random.oneOf(KINDS))
    return `${value} AS x${index}`
  }
  return text.random.once(3) ? '*' : text.random.some(3, one).join(', ')
}

const unordered: Form = (text, tables) => {
  const { table, scope } = from(text, tables)
  return text.done(`SELECT ${columns(text, scope)} FROM ${table.name} AS t${where(text, scope)}`)
}

const ordered: Form = (text, tables) => {
  const { table, scope } = from(text, tables)
  const first = text.random.once(3)
    ? expression(text, scope, text.random.oneOf(KINDS))
    : fieldOf(text, scope).sql
  const order = `${first} ${direction(text)}, t.${table.key.name} ${direction(text)}`
  return text.done(
    `SELECT ${columns(text, scope)} FROM ${table.name} AS t${where(text, scope)} ORDER BY ${order}${limit(text)}`,
    true,
  )
}

const aggregates: Form = (text, tables) => {
  const { table, scope } = from(text, tables)
  const all = text.random.some(4, () => aggregate(text, scope)).join(', ')
  return text.done(`SELECT ${all} FROM ${table.name} AS t${where(text, scope)}`)
}

const groups: Form = (text, tables) => {
  const { table, scope } = from(text, tables)
  const by = [...new Set(text.random.some(2, () => fieldOf(text, scope).sql))]
  const selected = [...by, ...text.random.some(3, () => aggregate(text, scope))].join(', ')
  const having = text.random.once(2)
    ? ` HAVING ${text.random.oneOf(['COUNT(*)', 'MAX(t.a)', 'SUM(t.a)'])} > ${text.random.below(6)}`
    : ''
  const sql = `SELECT ${selected} FROM ${table.name} AS t${where(text, scope)} GROUP BY ${by.join(', ')}${having}`
  if (text.random.once(2)) return text.done(sql)
  return text.done(
    `${sql} ORDER BY ${by.map((field) => `${field} ${direction(text)}`).join(', ')}${limit(text)}`,
    true,
  )
}

const distinct: Form = (text, tables) => {
  const { table, scope } = from(text, tables)
  const selected = text.random.some(2, () => fieldOf(text, scope).sql).join(', ')
  return text.done(`SELECT DISTINCT ${selected} FROM ${table.name} AS t${where(text, scope)}`)
}

/** Two or three tables, each of the others with a condition on those before it. */
const joined: Form = (text, tables) => {
  const { random } = text
  const { table, scope } = from(text, tables)
  const fields = [...scope.fields]
  const keys = [`t.${table.key.name}`]
  let sql = `${table.name} AS t`
  for (let other = 0, others = random.once(3) ? 2 : 1; other < others; other++) {
    const alias = `j${other}`
    const right = from(text, tables, alias)
    const kind = random.oneOf<Kind>(['INT', 'TEXT'])
    const on = `${fieldOf(text, { ...scope, fields }, kind).sql} = ${keyOrField(text, right, alias, kind)}`
    fields.push(...right.scope.fields)
    const more = random.once(3) ? ` AND (${condition(text, { fields, tables, depth: 2 })})` : ''
    sql += ` ${random.oneOf(['JOIN', 'LEFT JOIN'])} ${right.table.name} AS ${alias} ON ${on}${more}`
    keys.push(`${alias}.${right.table.key.name}`)
  }
  const all = { ...scope, fields, depth: 1 }
  const isCount = random.once(4)
  const selected = isCount ? 'COUNT(*), COUNT(j0.a), SUM(j0.a)' : [...keys, fieldOf(text, all).sql].join(', ')
  const whole = `SELECT ${selected} FROM ${sql}${where(text, all)}`
  if (isCount || random.once(2)) return text.done(whole)
  const order = keys.map((key) => `${key} ${direction(text)}`).join(', ')
  return text.done(`${whole} ORDER BY ${order}${limit(text)}`, true)
}

/** Half of the joins are on the key. */
function keyOrField(text: Text, { table, scope }: From, alias: string, kind: Kind): string {
  if (table.key.kind === kind && text.random.once(2)) return `${alias}.${table.key.name}`
  return fieldOf(text, scope, kind).sql
}

/** A query of what another one gives. */
const derived: Form = (text, tables) => {
  const { table, scope } = from(text, tables)
  const inner = `SELECT t.a AS a, COUNT(*) AS n, MAX(t.b) AS most FROM ${table.name} AS t${where(text, scope)} GROUP BY t.a`
  const fields: Field[] = ['a', 'n', 'most'].map((name) => ({ sql: `x.${name}`, kind: 'INT' }))
  const which = `${text.random.oneOf(fields).sql} ${text.random.oneOf(['>', '<', '='])} ${text.random.below(8)}`
  return text.done(`SELECT x.n, x.a, x.most FROM (${inner}) AS x WHERE ${which}`)
}

/** A query within what another one selects. */
const scalar: Form = (text, tables) => {
  const { table, scope } = from(text, tables)
  const one = subquery(text, scope, (inner) => aggregate(text, inner))
  return text.done(`SELECT t.${table.key.name}, (${one}) FROM ${table.name} AS t${where(text, scope)}`)
}

function aggregate(text: Text, scope: Scope): string {
  const { random } = text
  const number = random.oneOf<Kind>(['INT', 'FLOAT'])
  switch (random.below(7)) {
    case 0:
      return 'COUNT(*)'
    case 1:
      return `COUNT(${fieldOf(text, scope).sql})`
    case 2:
      return `COUNT(DISTINCT ${fieldOf(text, scope).sql})`
    case 3:
      return `AVG(${fieldOf(text, scope, number).sql})`
    case 4:
      return `${random.oneOf(['SUM', 'AVG', 'MIN', 'MAX'])}(${expression(text, { ...scope, depth: 2 }, number)})`
    default:
      return `${random.oneOf(['MIN', 'MAX'])}(${fieldOf(text, scope).sql})`
  }
}

function direction(text: Text): string {
  return text.random.oneOf(['ASC', 'ASC', 'DESC'])
}

function limit({ random }: Text): string {
  const most = random.once(2) ? ` LIMIT ${random.below(12)}` : ''
  return most !== '' && random.once(2) ? `${most} OFFSET ${random.below(8)}` : most
}
