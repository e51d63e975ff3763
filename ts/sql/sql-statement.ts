import { RangeIterable } from '../map/range-iterable.js'
import { change, now, read } from '../native/call.js'
import { Cancellation, cancellable } from '../native/cancellation.js'
import type { SyncPagesSource } from '../native/page-source.js'
import { checkSignal } from '../options/signal.js'
import type { PageReader } from '../packed/page-reader.js'
import { scratch } from '../packed/scratch.js'
import type { Connection } from './connection.js'
import { lendParameters, packParameters } from './parameters.js'
import { type RowDecoder, rowDecoder, type RowShape, type SqlColumn } from './rows.js'
import type { SqlParameters } from './values.js'
import type { NativeRows } from '#native'

/** Bytes of the number that stands before the first row. */
const FORM = 4

/** What a statement changed. */
export interface SqlChanges {
  /** Rows that were inserted, updated or deleted. */
  readonly changes: number
}

/**
 * A query that was opened.
 *
 * @internal
 */
export interface OpenedRows extends RowShape {
  /** Its rows as arrays. */
  readonly rows: RangeIterable<unknown[]>
}

/** The same off the event loop. */
class StatementPromises<Row> {
  readonly #connection: Connection
  readonly #sql: string
  readonly #raw: boolean
  readonly #signal: AbortSignal | undefined

  /** @internal */
  constructor(connection: Connection, sql: string, raw: boolean, signal?: AbortSignal) {
    this.#connection = connection
    this.#sql = sql
    this.#raw = raw
    this.#signal = signal
  }

  /**
   * The same, given up when a signal aborts: the promise rejects with `AbortedError`. The statement ends at the next row that it reads,
   * and leaves nothing behind.
   *
   * @example
   * ```ts
   * import { ProllySqlStore } from 'prollytree'
   *
   * await using db = await ProllySqlStore.memory()
   * const endless = db.prepare('SELECT COUNT(*) FROM SERIES(1000000000000)')
   * await assert.rejects(endless.promises.withSignal(AbortSignal.timeout(20)).get(), { name: 'AbortError' })
   * ```
   */
  withSignal(signal: AbortSignal): StatementPromises<Row> {
    checkSignal(signal)
    return new StatementPromises(this.#connection, this.#sql, this.#raw, signal)
  }

  /** As {@link SqlStatement.run}. */
  async run(...parameters: SqlParameters): Promise<SqlChanges> {
    const packed = packParameters(parameters)
    const { lifetime } = this.#connection
    const changes = await cancellable(this.#signal, (cancellation) =>
      change(lifetime, undefined, () =>
        this.#connection.aside((native) => native.changeAsync(this.#sql, packed, cancellation)),
      ),
    )
    return { changes }
  }

  /** As {@link SqlStatement.get}. */
  async get(...parameters: SqlParameters): Promise<Row | undefined> {
    for await (const row of this.iterate(...parameters)) return row
    return undefined
  }

  /** As {@link SqlStatement.all}. */
  async all(...parameters: SqlParameters): Promise<Row[]> {
    const rows: Row[] = []
    for await (const row of this.iterate(...parameters)) rows.push(row)
    return rows
  }

  /** As {@link SqlStatement.iterate}, with the query begun off the event loop too. */
  async *iterate(...parameters: SqlParameters): AsyncGenerator<Row, undefined, undefined> {
    const packed = packParameters(parameters)
    const { lifetime } = this.#connection
    const signal = this.#signal
    // It ends what the pages are made of too.
    const cancellation = new Cancellation(signal)
    try {
      const rows = await read(lifetime, signal, () =>
        this.#connection.aside((native) => native.openAsync(this.#sql, packed, cancellation.native)),
      )
      yield* new RangeIterable<Row>(
        pagesOf(this.#connection, () => rows, this.#raw),
        signal,
      )
      return undefined
    } finally {
      cancellation.release()
    }
  }
}

/**
 * A statement that is run often: its text is read once.
 *
 * @typeParam Row - What a row is.
 *
 * @example
 * ```ts
 * import { ProllySqlStore } from 'prollytree'
 *
 * await using db = await ProllySqlStore.memory()
 * db.exec('CREATE TABLE users (id INT PRIMARY KEY, name TEXT)')
 * const insert = db.prepare('INSERT INTO users VALUES (?, ?)')
 * insert.run(1, 'Ada')
 * insert.run(2, 'Grace')
 * const byName = db.prepare<{ id: number; name: string }>('SELECT * FROM users WHERE name = :name')
 * assert.deepEqual(byName.get({ name: 'Grace' }), { id: 2, name: 'Grace' })
 * assert.deepEqual(db.prepare('SELECT id FROM users').raw().all(), [[1], [2]])
 * ```
 */
export class SqlStatement<Row = Record<string, unknown>> {
  /** The same off the event loop. */
  readonly promises: StatementPromises<Row>
  readonly #connection: Connection
  readonly #sql: string
  readonly #raw: boolean
  /** How the rows of the last run were read, and of which form they were. */
  #known: { readonly form: number; readonly decode: RowDecoder } | undefined

  /** @internal */
  constructor(connection: Connection, sql: string, raw = false) {
    this.#connection = connection
    this.#sql = sql
    this.#raw = raw
    this.promises = new StatementPromises(connection, sql, raw)
  }

  /** The text of the statement. */
  get source(): string {
    return this.#sql
  }

  /**
   * Runs the statement, whatever it is.
   *
   * @param parameters - What it is handed.
   * @returns How many rows it changed.
   */
  run(...parameters: SqlParameters): SqlChanges {
    const { lifetime, native } = this.#connection
    lifetime.check()
    const lent = lendParameters(parameters)
    return { changes: now(() => native.change(this.#sql, lent)) }
  }

  /**
   * The first row of a query; `undefined` when it has none.
   *
   * @param parameters - What it is handed.
   */
  get(...parameters: SqlParameters): Row | undefined {
    const { lifetime, native } = this.#connection
    lifetime.check()
    const lent = lendParameters(parameters)
    const known = this.#known
    if (known !== undefined) {
      const length = now(() => native.first(this.#sql, lent, scratch))
      if (length === 0) return undefined
      if (length > 0 && scratch.readUInt32LE(0) === known.form)
        return known.decode(scratch, FORM, length) as Row
    }
    for (const row of this.#rows(lent)) return row
    return undefined
  }

  /**
   * All rows of a query.
   *
   * @param parameters - What it is handed.
   */
  all(...parameters: SqlParameters): Row[] {
    return this.iterate(...parameters).toArray()
  }

  /**
   * The rows of a query one after the other, read as they are asked for: with `for…of` on this thread, with `for await…of` off the
   * event loop. Each walk shows the state of the moment it began; what is written meanwhile does not show in it.
   *
   * @param parameters - What it is handed.
   * @example
   * ```ts
   * import { ProllySqlStore } from 'prollytree'
   *
   * await using db = await ProllySqlStore.memory()
   * db.exec('CREATE TABLE t (n INT); INSERT INTO t SELECT N FROM SERIES(1000)')
   * let sum = 0
   * for await (const { n } of db.prepare<{ n: number }>('SELECT n FROM t').iterate()) sum += n
   * assert.equal(sum, 500_500)
   * ```
   */
  iterate(...parameters: SqlParameters): RangeIterable<Row> {
    return this.#rows(packParameters(parameters))
  }

  /**
   * Opens a query, whatever answers rows: what its columns are called, and its rows as arrays, for one walk over them.
   *
   * @internal
   */
  open(...parameters: SqlParameters): OpenedRows {
    this.#connection.lifetime.check()
    const lent = lendParameters(parameters)
    const rows = now(() => this.#connection.native.open(this.#sql, lent))
    const pages = pagesOf(this.#connection, () => rows, true) as SyncPagesSource<unknown[]>
    return { names: rows.names, isMap: rows.isMap, rows: new RangeIterable(pages, undefined) }
  }

  #rows(packed: Uint8Array): RangeIterable<Row> {
    const open = () => this.#connection.native.open(this.#sql, packed)
    // Code of the user may ask for other rows meanwhile, and they would be where this one is read from.
    const isPlain = this.#connection.options.decimals === undefined
    const learn = (form: number, decode: RowDecoder) => {
      this.#known = isPlain && form !== 0 ? { form, decode } : undefined
    }
    return new RangeIterable<Row>(pagesOf(this.#connection, open, this.#raw, learn), undefined)
  }

  /** The columns of its rows. Parameters count as NULL. */
  columns(): SqlColumn[] {
    this.#connection.lifetime.check()
    const rows = now(() => this.#connection.native.describe(this.#sql))
    return rows.map(({ name, dataType }) => ({ name, type: dataType ?? undefined }))
  }

  /** The same with rows as arrays: for columns of one name, and where names cost too much. */
  raw(): SqlStatement<unknown[]> {
    return new SqlStatement<unknown[]>(this.#connection, this.#sql, true)
  }
}

/** The rows that a native query gives. */
function pagesOf<Row>(
  connection: Connection,
  open: () => NativeRows,
  raw: boolean,
  learn?: (form: number, decode: RowDecoder) => void,
): SyncPagesSource<Row> {
  const { lifetime, options } = connection
  let decode: RowDecoder | undefined
  return {
    fields: 1,
    limit: Infinity,
    open: () => {
      const rows = open()
      const cursor = rows.cursor()
      if (cursor === null) throw new TypeError('these rows were walked over already')
      decode = rowDecoder({ names: rows.names, isMap: rows.isMap }, options, raw)
      learn?.(rows.form, decode)
      return cursor
    },
    decode: (reader: PageReader) => reader.read(0, { decode: decode ?? nothing }) as Row,
    check: () => lifetime.check(),
    checkNow: () => lifetime.check(),
  }
}

function nothing(): never {
  throw new TypeError('rows are read before they are opened')
}
