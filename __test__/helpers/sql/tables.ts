import type { Random } from './random.js'

export type Kind = 'INT' | 'FLOAT' | 'TEXT'

export interface Column {
  readonly name: string
  readonly kind: Kind
  readonly isNullable: boolean
  readonly isUnique: boolean
  readonly isKey: boolean
}

export interface Table {
  readonly name: string
  readonly key: Column
  /** All of them, the key among them. */
  readonly columns: readonly Column[]
}

/** Keys of rows and values of UNIQUE columns are below this. */
export const KEYS = 250
/** All other numbers are below this, so that rows have values in common and sums stay exact. */
export const NUMBERS = 40

/** A table of a shape that is not that of the last one: kinds of key, what may be NULL, what is UNIQUE. */
export function randomTable(random: Random, name: string): Table {
  const column = (columnName: string, kind: Kind, more: Partial<Column> = {}): Column => ({
    name: columnName,
    kind,
    isNullable: random.once(2),
    isUnique: false,
    isKey: false,
    ...more,
  })
  const key = column('id', random.oneOf<Kind>(['INT', 'INT', 'TEXT']), { isKey: true, isNullable: false })
  const columns = [
    column('a', 'INT', { isNullable: false }),
    column('b', 'INT'),
    column('c', 'INT', { isNullable: true }),
    column('r', 'FLOAT'),
    column('name', 'TEXT'),
    column('tag', random.oneOf<Kind>(['INT', 'TEXT']), { isUnique: random.once(2) }),
  ]
  // The key comes first or last.
  return { name, key, columns: random.once(3) ? [...columns, key] : [key, ...columns] }
}

export function createTable({ name, columns }: Table): string {
  const definition = ({ name: column, kind, isKey, isNullable, isUnique }: Column): string =>
    [column, kind, isKey && 'PRIMARY KEY', isUnique && 'UNIQUE', isNullable ? 'NULL' : 'NOT NULL']
      .filter(Boolean)
      .join(' ')
  return `CREATE TABLE ${name} (${columns.map(definition).join(', ')})`
}

/** A value that a column may have. Those of keys and UNIQUE columns clash now and then. */
export function randomValue(
  random: Random,
  { kind, isKey, isUnique, isNullable }: Column,
): number | string | null {
  if (isNullable && random.once(4)) return null
  if (isKey || isUnique) return ofKind(kind, random.below(KEYS))
  return ofKind(kind, random.below(NUMBERS), random.once(2) ? 0.5 : 0)
}

/** A number as a value of a kind. */
export function ofKind(kind: Kind, number: number, fraction = 0): number | string {
  if (kind === 'TEXT') return `n${number}`
  return kind === 'FLOAT' ? number + fraction : number
}
