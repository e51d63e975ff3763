import { change, now } from '../native/call.js'
import { cancellable } from '../native/cancellation.js'
import { checkName, invalid } from '../options/check.js'
import { checkSignal } from '../options/signal.js'
import type { Connection } from './connection.js'
import { lendParameters, packParameters } from './parameters.js'
import { rowDecoder, rowsOf, type SqlColumn } from './rows.js'
import { SqlStatement } from './sql-statement.js'
import { checkValueOptions, type SqlParameters, type SqlValueOptions } from './values.js'
import type { NativeAnswer } from '#native'

/** What a statement answered. */
export interface SqlResult {
  /** What it was. */
  readonly kind:
    | 'select'
    | 'show'
    | 'insert'
    | 'update'
    | 'delete'
    | 'create'
    | 'drop'
    | 'alter'
    | 'begin'
    | 'commit'
    | 'rollback'
  /** Rows that were inserted, updated or deleted. */
  readonly changes: number
  /** The columns of its rows; `undefined` for a statement without rows. */
  readonly columns: readonly SqlColumn[] | undefined
  /** Its rows. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** The same off the event loop. */
class QueriesPromises {
  readonly #connection: Connection
  readonly #signal: AbortSignal | undefined

  /** @internal */
  constructor(connection: Connection, signal?: AbortSignal) {
    this.#connection = connection
    this.#signal = signal
  }

  /** The same, given up when a signal aborts: as the promises of a statement are. Statements that ended before stay. */
  withSignal(signal: AbortSignal): QueriesPromises {
    checkSignal(signal)
    return new QueriesPromises(this.#connection, signal)
  }

  /** As {@link SqlQueries.exec}. */
  async exec(sql: string, ...parameters: SqlParameters): Promise<SqlResult[]> {
    checkName('sql', sql)
    const packed = packParameters(parameters)
    const answers = await cancellable(this.#signal, (cancellation) =>
      change(this.#connection.lifetime, undefined, () =>
        this.#connection.aside((native) => native.runAsync(sql, packed, cancellation)),
      ),
    )
    return answers.map((answer) => resultOf(answer, this.#connection.options))
  }

  /** As {@link SqlQueries.query}. */
  async query<Row = Record<string, unknown>>(
    sql: string | TemplateStringsArray,
    ...parameters: SqlParameters
  ): Promise<Row[]> {
    const { promises } = new SqlStatement<Row>(this.#connection, textOf(sql))
    const signal = this.#signal
    return (signal === undefined ? promises : promises.withSignal(signal)).all(...parameters)
  }
}

/** What tables are asked with: those of a store, of a version, or within a transaction. */
export abstract class SqlQueries {
  /** The same off the event loop. */
  readonly promises: QueriesPromises
  /** @internal */
  protected readonly connection: Connection

  /** @internal */
  constructor(connection: Connection) {
    this.connection = connection
    this.promises = new QueriesPromises(connection)
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return this.connection.lifetime.open
  }

  /**
   * A statement to be run often.
   *
   * @param sql - One statement. Parameters are written `?`, `$1` or `:name`.
   * @param options - How values are shown, where that is not as for the store.
   */
  prepare<Row = Record<string, unknown>>(sql: string, options: SqlValueOptions = {}): SqlStatement<Row> {
    checkName('sql', sql)
    checkValueOptions(options)
    this.connection.lifetime.check()
    return new SqlStatement<Row>(this.connection.with(options), sql)
  }

  /**
   * The rows of a query, also as a tagged template: what is put into it becomes a parameter.
   *
   * @param sql - The query.
   * @param parameters - What it is handed.
   * @example
   * ```ts
   * import { ProllySqlStore } from 'prollytree'
   *
   * await using db = await ProllySqlStore.memory()
   * db.exec('CREATE TABLE t (id INT PRIMARY KEY, name TEXT)')
   * db.query`INSERT INTO t VALUES (${1}, ${"O'Hara"})`
   * assert.deepEqual(db.query`SELECT name FROM t WHERE id = ${1}`, [{ name: "O'Hara" }])
   * assert.deepEqual(db.query('SELECT id FROM t WHERE name = ?', "O'Hara"), [{ id: 1 }])
   * ```
   */
  query<Row = Record<string, unknown>>(
    sql: string | TemplateStringsArray,
    ...parameters: SqlParameters
  ): Row[] {
    const results = this.exec(textOf(sql), ...parameters)
    return (results.at(-1)?.rows ?? []) as Row[]
  }

  /**
   * Runs the statements of a text, one after the other. Those before one that fails stay, unless a transaction is around them.
   *
   * @param sql - Any number of statements.
   * @param parameters - What all of them together are handed.
   */
  exec(sql: string, ...parameters: SqlParameters): SqlResult[] {
    if (typeof sql !== 'string') throw invalid('sql', 'a string', sql)
    const { lifetime, native, options } = this.connection
    lifetime.check()
    const lent = lendParameters(parameters)
    return now(() => native.run(sql, lent)).map((answer) => resultOf(answer, options))
  }
}

function textOf(sql: string | TemplateStringsArray): string {
  const text = typeof sql === 'string' ? sql : sql.join('?')
  checkName('sql', text)
  return text
}

function resultOf(answer: NativeAnswer, options: SqlValueOptions): SqlResult {
  const columns = answer.columns?.map(({ name, dataType }) => ({ name, type: dataType ?? undefined }))
  const names = columns?.map(({ name }) => name) ?? []
  const rows = answer.rows
    ? rowsOf(answer.rows, rowDecoder({ names, isMap: answer.isMap }, options, false))
    : []
  return {
    kind: answer.kind as SqlResult['kind'],
    changes: answer.changes,
    columns,
    rows: rows as Record<string, unknown>[],
  }
}
