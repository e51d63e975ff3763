import type { Kind, Table } from './tables.js'
import type { Text } from './text.js'

/** A column as a query calls it. */
export interface Field {
  readonly sql: string
  readonly kind: Kind
}

/** What a condition may speak of: the columns around it, and the tables that a subquery may read. */
export interface Scope {
  readonly fields: readonly Field[]
  readonly tables: readonly Table[]
  /** How many subqueries deep. */
  readonly depth: number
}

/** Subqueries within subqueries end here. */
const DEPTH_MAX = 2

export function fieldsOf({ columns }: Table, alias: string): Field[] {
  return columns.map(({ name, kind }) => ({ sql: `${alias}.${name}`, kind }))
}

export function fieldOf(text: Text, { fields }: Scope, kind?: Kind): Field {
  const right = fields.filter((field) => kind === undefined || field.kind === kind)
  return text.random.oneOf(right)
}

/** An expression of a kind. */
export function expression(text: Text, scope: Scope, kind: Kind): string {
  const { random } = text
  const field = (): string => numberOrText(text, scope, kind)
  switch (random.below(10)) {
    case 0:
      return `COALESCE(${field()}, ${text.constant(kind)})`
    case 1:
      return `CASE WHEN ${condition(text, scope)} THEN ${field()} ELSE ${random.oneOf([text.constant(kind), field(), 'NULL'])} END`
    case 2:
      return `NULLIF(${field()}, ${text.constant(kind)})`
    case 3:
    case 4:
    case 5:
      return kind === 'TEXT' ? textOf(text, field) : arithmetic(text, scope, kind)
    default:
      return field()
  }
}

/** A column of a kind. Integers are widened, where the other side is not one. */
function numberOrText(text: Text, scope: Scope, kind: Kind): string {
  return fieldOf(text, scope, kind === 'FLOAT' && text.random.once(2) ? 'INT' : kind).sql
}

/** A condition, of one part or of several. */
export function condition(text: Text, scope: Scope): string {
  let all = comparison(text, scope)
  for (let more = text.random.below(3); more > 0; more--) {
    const operator = text.random.oneOf(['AND', 'OR'])
    const not = text.random.oneOf(['', '', 'NOT '])
    all = `(${all}) ${operator} ${not}(${comparison(text, scope)})`
  }
  return all
}

function textOf(text: Text, field: () => string): string {
  return text.random.oneOf([
    `UPPER(${field()})`,
    `${field()} || ${text.constant('TEXT')}`,
    `SUBSTR(${field()}, 1, 2)`,
    `REPLACE(${field()}, 'n1', 'm')`,
  ])
}

function arithmetic(text: Text, scope: Scope, kind: Kind): string {
  const { random } = text
  const field = (): string => numberOrText(text, scope, kind)
  const [operator, number] = [random.oneOf(['+', '-', '*']), text.constant(kind)]
  const forms = [
    `${field()} ${operator} ${number}`,
    `${field()} ${operator} ${field()}`,
    `(${field()} - ${number}) / ${1 + random.below(7)}`,
    `ABS(${field()} - ${number})`,
    `-${field()}`,
  ]
  if (kind === 'INT') forms.push(`(${field()} - ${number}) % ${2 + random.below(5)}`)
  return random.oneOf(forms)
}

/** A condition of one part: for a number of the columns here one that a key or an index may answer. */
function comparison(text: Text, scope: Scope): string {
  const { random } = text
  const { sql: field, kind } = fieldOf(text, scope)
  const not = random.oneOf(['', '', 'NOT '])
  const operator = random.oneOf(['=', '=', '<', '<=', '>', '>=', '<>'])
  const operand = (): string => text.operand(kind)
  switch (random.below(scope.depth < DEPTH_MAX ? 15 : 11)) {
    case 0:
      return `${operand()} ${operator} ${field}`
    case 1:
      return `${field} ${not}BETWEEN ${operand()} AND ${operand()}`
    case 2:
    case 3:
      return `${field} ${not}IN (${random.some(4, operand).join(', ')})`
    case 4:
      return `${fieldOf(text, scope, 'TEXT').sql} ${not}LIKE '${random.oneOf(['n1%', 'n2%', '%3', 'n_', '%', 'N1%', 'n1', '%1%'])}'`
    case 5:
      return `${field} IS ${not}NULL`
    case 6:
      return `${field} ${operator} ${fieldOf(text, scope, kind).sql}`
    case 7:
      return `${expression(text, scope, kind)} ${operator} ${text.constant(kind)}`
    case 8:
      return `${fieldOf(text, scope, 'INT').sql} ${operator} ${random.oneOf([text.constant('FLOAT'), fieldOf(text, scope, 'FLOAT').sql])}`
    case 11:
    case 12:
      return `${field} ${not}IN (${subquery(text, scope, (inner) => fieldOf(text, inner, kind).sql)})`
    case 13:
      return `${not}EXISTS (${subquery(text, scope, () => '1', true)})`
    case 14:
      return `${field} ${operator} (${subquery(text, scope, (inner) => `${random.oneOf(['MIN', 'MAX'])}(${fieldOf(text, inner, kind).sql})`)})`
    default:
      return `${field} ${operator} ${operand()}`
  }
}

/** A query for one column, which may speak of the row around it. */
export function subquery(
  text: Text,
  scope: Scope,
  select: (inner: Scope) => string,
  isCorrelated = text.random.once(3),
): string {
  const { random } = text
  const table = random.oneOf(scope.tables)
  const depth = scope.depth + 1
  const alias = `s${depth}`
  const inner = { fields: fieldsOf(table, alias), tables: scope.tables, depth }
  const conditions: string[] = []
  if (isCorrelated) {
    const outer = fieldOf(text, scope)
    const own = fieldOf(text, inner, outer.kind).sql
    conditions.push(`${own} ${random.oneOf(['=', '=', '<'])} ${outer.sql}`)
  }
  if (random.once(2)) conditions.push(comparison(text, { ...inner, fields: [...inner.fields] }))
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  return `SELECT ${select(inner)} FROM ${table.name} AS ${alias}${where}`
}
