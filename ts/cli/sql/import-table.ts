import type { Buffer } from 'node:buffer'
import type { ProllySqlStore, SqlParameter, SqlTransaction } from '../../index.js'
import { codeOf, CommandError, usageError } from '../errors.js'
import { fileChunks } from '../input.js'
import type { Progress } from '../progress.js'
import { readRecords } from '../records/read-records.js'
import { prefixed } from '../records/record-source.js'
import { Rereadable } from '../records/rereadable.js'
import { placeName, type RecordFormat, type SourceRecord } from '../records/source-record.js'
import type { Session } from '../session.js'
import { columnValue, placeholder } from './column-values.js'
import { TypeInference } from './infer-types.js'
import { type Column, columnsOf, quotedName } from './schema.js'
import { EXACT } from './values.js'

/** What is imported, and where to. */
export interface TableImport {
  readonly table: string
  /** The file; `undefined` for standard input. */
  readonly file: string | undefined
  readonly format: RecordFormat
  /** Types of columns that are not to be inferred. */
  readonly types: ReadonlyMap<string, string>
  /** The column that is the primary key. */
  readonly key: string | undefined
  /** Whether every row that is there goes first. */
  readonly replace: boolean
}

/**
 * Stages the records of an input as rows of a table, all of them or none.
 *
 * Records are read as they are stored. A table that is not there is made: then its columns are found from all records first, so
 * that the input is read twice.
 *
 * @returns How many records there were.
 */
export async function importTable(
  request: TableImport,
  session: Session,
  progress: Progress,
): Promise<number> {
  const { ProllySqlStore } = await session.library()
  await using db = ProllySqlStore.over(await session.store(), { values: EXACT })
  try {
    const known = columnsOf(db, request.table)
    if (known !== undefined) {
      checkSame(request, known)
      const input = request.file === undefined ? session.context.stdin : fileChunks(request.file, session)
      return await fill(db, request, known, input, session, progress)
    }
    await using input = await Rereadable.open(request.file, session)
    const columns = await inferred(request, input.chunks(), session)
    return await fill(
      db,
      request,
      columns,
      input.chunks(),
      session,
      progress,
      tableOf(request.table, columns),
    )
  } catch (error) {
    throw explained(error, request.file ?? 'standard input')
  }
}

/** The columns that the records need. */
async function inferred(
  { format, types, key }: TableImport,
  input: AsyncIterable<Buffer>,
  { context }: Session,
): Promise<Column[]> {
  const inference = new TypeInference(format === 'csv')
  const csv = { nulls: true, onHeader: (names: readonly string[]) => inference.names(names) }
  let isEmpty = true
  for await (const records of readRecords(input, format, csv)) {
    for (const record of records) inference.add(record)
    if (records.length > 0) isEmpty = false
    context.signal.throwIfAborted()
  }
  // Nothing else says what there is to be.
  if (isEmpty && format !== 'csv') inference.names([...types.keys()])
  const found = inference.types
  if (found.size === 0) {
    throw new CommandError('there are no records to make the table from', {
      hint: 'name its columns with --types',
    })
  }
  for (const name of [...types.keys(), ...(key === undefined ? [] : [key])]) {
    if (!found.has(name)) throw new CommandError(`no record has a field "${name}"`)
  }
  return Array.from(found, ([name, type]) => ({
    name,
    type: types.get(name) ?? type,
    nullable: name !== key,
    key: name === key ? 'PRIMARY KEY' : null,
    default: null,
    comment: null,
  }))
}

function tableOf(table: string, columns: readonly Column[]): string {
  const texts = columns.map(({ name, type, key }) => `${quotedName(name)} ${type} ${key ?? 'NULL'}`)
  return `CREATE TABLE ${quotedName(table)} (${texts.join(', ')})`
}

/** Refuses a key and types that are not those of the table, which stays as it is. */
function checkSame({ table, types, key }: TableImport, columns: readonly Column[]): void {
  const refuse = (what: string) => {
    const hint = 'leave out --key and --types for a table that is there'
    return new CommandError(`the table ${table} is there, and ${what}`, { hint })
  }
  const primary = columns.find((column) => column.key === 'PRIMARY KEY')?.name
  if (key !== undefined && key !== primary) {
    throw refuse(primary === undefined ? 'has no primary key' : `its primary key is "${primary}"`)
  }
  for (const [name, type] of types) {
    const column = columns.find((one) => one.name === name)
    if (column === undefined) throw refuse(`has no column "${name}"`)
    if (column.type !== type) throw refuse(`its column "${name}" is ${column.type}`)
  }
}

/** Inserts the records, within one transaction. */
async function fill(
  db: ProllySqlStore<Buffer, Buffer>,
  { table, format, replace }: TableImport,
  columns: readonly Column[],
  input: AsyncIterable<Buffer>,
  { context }: Session,
  progress: Progress,
  making?: string,
): Promise<number> {
  let count = 0
  await db.transactionAsync(async (tx) => {
    if (making !== undefined) tx.exec(making)
    else if (replace) tx.exec(`DELETE FROM ${quotedName(table)}`)
    const rows = new RowInserts(tx, table, columns, format === 'csv')
    for await (const records of readRecords(input, format, { nulls: true })) {
      for (const record of records) {
        try {
          rows.insert(record)
        } catch (error) {
          throw at(placeName(format, record.place), error)
        }
      }
      count += records.length
      progress.update(count)
      context.signal.throwIfAborted()
    }
  })
  return count
}

/** Inserts records as rows: one statement for all that have the same fields. */
class RowInserts {
  readonly #tx: SqlTransaction
  readonly #table: string
  readonly #columns: ReadonlyMap<string, Column>
  readonly #isCsv: boolean
  readonly #inserts = new Map<string, (record: SourceRecord) => void>()
  #last: { readonly names: readonly string[]; readonly insert: (record: SourceRecord) => void } | undefined

  constructor(tx: SqlTransaction, table: string, columns: readonly Column[], isCsv: boolean) {
    this.#tx = tx
    this.#table = quotedName(table)
    this.#columns = new Map(columns.map((column) => [column.name, column]))
    this.#isCsv = isCsv
  }

  insert(record: SourceRecord): void {
    const { names } = record
    if (this.#last?.names !== names) this.#last = { names, insert: this.#insertOf(names) }
    this.#last.insert(record)
  }

  #insertOf(names: readonly string[]): (record: SourceRecord) => void {
    const signature = JSON.stringify(names)
    const known = this.#inserts.get(signature)
    if (known) return known
    const insert = this.#columns.size === 0 ? this.#documents() : this.#rows(names)
    this.#inserts.set(signature, insert)
    return insert
  }

  #rows(names: readonly string[]): (record: SourceRecord) => void {
    const columns = names.map((name) => {
      const column = this.#columns.get(name)
      if (column === undefined) throw new CommandError(`the table has no column "${name}"`)
      return column
    })
    if (columns.length === 0) throw new CommandError('the record has no fields')
    const into = names.map(quotedName).join(', ')
    const values = columns.map(placeholder).join(', ')
    const statement = this.#tx.prepare(`INSERT INTO ${this.#table} (${into}) VALUES (${values})`)
    return (record) => {
      const row: SqlParameter[] = columns.map((column) => columnValue(record, column, this.#isCsv))
      statement.run(row)
    }
  }

  /** A table without columns takes records as they are. */
  #documents(): (record: SourceRecord) => void {
    const statement = this.#tx.prepare(`INSERT INTO ${this.#table} VALUES (?)`)
    return (record) => void statement.run([record.bytes.toString('utf8')])
  }
}

/** An error with the place of the record before it. */
function at(place: string, error: unknown): unknown {
  if (error instanceof CommandError) return prefixed(place, error)
  if (error instanceof Error && codeOf(error)?.startsWith('PROLLY_'))
    error.message = `${place}: ${error.message}`
  return error
}

/** An error with the name of the input before it, where it is about that. */
function explained(error: unknown, input: string): unknown {
  if (error instanceof CommandError) return prefixed(input, error)
  if (!(error instanceof Error) || codeOf(error) !== 'PROLLY_SQL') return error
  error.message = `${input}: ${error.message}`
  return Object.assign(error, { hint: 'nothing was imported' })
}

/**
 * The columns and types of `--types name=TYPE[,name=TYPE…]`.
 *
 * @throws CommandError for what is none.
 */
export function parseTypes(text: string): Map<string, string> {
  const types = new Map<string, string>()
  for (const part of text === '' ? [] : text.split(',')) {
    const [, name, type] = /^\s*(.*?)\s*=\s*([a-z][a-z0-9]*(?:\s+unsigned)?)\s*$/i.exec(part) ?? []
    if (name === undefined || type === undefined || name === '') {
      throw usageError(`--types "${part}" is not column=TYPE`)
    }
    const upper = type.toUpperCase()
    types.set(name, SAME[upper] ?? upper)
  }
  return types
}

/** Other names of types, and what tables call them. */
const SAME: Readonly<Record<string, string>> = {
  INTEGER: 'INT',
  INT64: 'INT',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
}
