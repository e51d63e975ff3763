import type { SqlQueries } from '../../index.js'

/** A column of a table. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  /** `PRIMARY KEY`, `UNIQUE` or nothing. */
  readonly key: string | null
}

/** A name as it is written in SQL, whatever it is. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The names of all tables. */
export function tableNames(queries: SqlQueries): string[] {
  const rows = queries.query<{ TABLE_NAME: string }>('SELECT TABLE_NAME FROM GLUE_TABLES')
  return rows.map(({ TABLE_NAME }) => TABLE_NAME)
}

/** The columns of all tables: the names of theirs by the name of each. */
export function columnNames(queries: SqlQueries): Map<string, string[]> {
  const rows = queries.query<{ TABLE_NAME: string; COLUMN_NAME: string }>(
    'SELECT TABLE_NAME, COLUMN_NAME FROM GLUE_TABLE_COLUMNS',
  )
  const names = new Map<string, string[]>(tableNames(queries).map((name) => [name, []]))
  for (const { TABLE_NAME, COLUMN_NAME } of rows) names.get(TABLE_NAME)?.push(COLUMN_NAME)
  return names
}

/** The columns of a table, none of one without; `undefined` where there is no such table. */
export function columnsOf(queries: SqlQueries, table: string): Column[] | undefined {
  if (!tableNames(queries).includes(table)) return undefined
  const types = new Map(
    queries
      .query<{ Field: string; Type: string }>(`SHOW COLUMNS FROM ${quotedName(table)}`)
      .map(({ Field, Type }) => [Field, Type]),
  )
  const rows = queries.query<Record<string, unknown>>(
    'SELECT * FROM GLUE_TABLE_COLUMNS WHERE TABLE_NAME = ?',
    table,
  )
  return rows.map((row) => ({
    name: row.COLUMN_NAME as string,
    type: types.get(row.COLUMN_NAME as string) ?? '',
    nullable: row.NULLABLE as boolean,
    key: row.KEY as string | null,
  }))
}

/** The statements that make a table and its indexes; `undefined` where there is no such table. */
export function tableText(queries: SqlQueries, table: string): string | undefined {
  if (!tableNames(queries).includes(table)) return undefined
  const [row] = queries.query<{ statement: string }>(`SHOW CREATE TABLE ${quotedName(table)}`)
  return row?.statement
}
