import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Statement, Value } from './text.js'

/** As much of better-sqlite3 as is used here. */
interface Database {
  prepare(sql: string): Prepared
  pragma(text: string): unknown
  close(): void
}

interface Prepared {
  /** Whether it has rows. */
  readonly reader: boolean
  raw(): this
  all(parameters: object): unknown[][]
  run(parameters: object): { readonly changes: number }
}

/** What a statement gave: rows, or how many it changed. */
export type Answer = readonly (readonly unknown[])[] | number

const packages = new URL('../../../bench/', import.meta.url)

/** Installs better-sqlite3 where the benchmarks have it, unless it is there: to compile it takes minutes. */
export function installSqlite(): void {
  const script = fileURLToPath(new URL('install.mjs', packages))
  execFileSync(process.execPath, [script], { stdio: ['ignore', 'inherit', 'inherit'] })
}

/** SQLite in memory, asked in the SQL of GlueSQL. */
export class Sqlite implements Disposable {
  readonly #database: Database

  constructor() {
    const load = createRequire(new URL('package.json', packages))
    const Sqlite3 = load('better-sqlite3') as new (path: string) => Database
    this.#database = new Sqlite3(':memory:')
    // LIKE ignores the case of ASCII there.
    this.#database.pragma('case_sensitive_like = ON')
  }

  run({ sql, parameters }: Statement): Answer {
    const prepared = this.#database.prepare(inItsWords(sql))
    const bound = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typed(value)]))
    return prepared.reader ? prepared.raw().all(bound) : prepared.run(bound).changes
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

/** A number would be a REAL there. */
function typed(value: Value): Value | bigint {
  return Number.isInteger(value) ? BigInt(value as number) : value
}

/** What SQLite writes differently. */
function inItsWords(sql: string): string {
  // Its columns take values of any type, but for those of strict tables.
  if (sql.startsWith('CREATE TABLE')) return `${sql.replaceAll('FLOAT', 'REAL')} STRICT`
  if (sql.startsWith('DROP INDEX')) return sql.replace(/\w+\./, '')
  // NULL is less than all else there, and greater here.
  return sql.replaceAll(/ ASC\b/g, ' ASC NULLS LAST').replaceAll(/ DESC\b/g, ' DESC NULLS FIRST')
}
