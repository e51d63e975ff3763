import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'

/** A place in the text of statements. */
export interface SqlPosition {
  /** From 1 on. */
  readonly line: number
  /** From 1 on. */
  readonly column: number
}

/**
 * A statement is no SQL, is not supported, or was refused. It left nothing behind.
 *
 * @example
 * ```ts
 * import { ProllySqlStore, SqlError } from 'prollytree'
 *
 * await using db = await ProllySqlStore.memory()
 * db.exec('CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)')
 * assert.throws(
 *   () => db.exec('INSERT INTO t VALUES (1)'),
 *   (error) => error instanceof SqlError && error.reason === 'Validate.DuplicateEntryOnPrimaryKeyField',
 * )
 * ```
 */
export class SqlError extends ProllyError {
  /** What kind of fault it is: `Syntax`, `Unsupported`, `Parameters`, or GlueSQL's name, `Validate.DuplicateEntryOnUniqueField`. */
  readonly reason: string
  /** Where in the text, for a fault of syntax. */
  readonly position: SqlPosition | undefined
  /** What there is to say of it for programs: the value and the column of a duplicate. */
  readonly detail: unknown

  /**
   * @param message - What happened, and what to do next.
   * @param options - The error below this one, and details for programs.
   */
  constructor(message: string, options?: ProllyErrorOptions) {
    super('PROLLY_SQL', message, options)
    const { reason, line, column, detail } = this.details
    this.reason = typeof reason === 'string' ? reason : ''
    this.position = typeof line === 'number' && typeof column === 'number' ? { line, column } : undefined
    this.detail = detail ?? undefined
  }
}
