import type { SqlResult } from '../../index.js'
import { counted } from '../counted.js'
import type { Session } from '../session.js'
import type { Database } from './database.js'
import type { Bound } from './parameters.js'
import { answersRows, firstToken } from './tokens.js'
import { type Answer, type RowFormat, writeRows } from './write-rows.js'

/** How what statements answer is shown. */
export interface RunnerOptions {
  readonly format: RowFormat
  /** Whether to say nothing of the rows that were changed. */
  readonly quiet: boolean
  /** Whether somebody reads each answer before the next statement. */
  readonly interactive: boolean
}

/** What may take long and is no part of a transaction runs off the event loop, so that Ctrl-C is noticed. */
const ASIDE: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'ALTER'])

/** Columns of a terminal that does not say how many it has. */
const COLUMNS = 80

const VERBS: Readonly<Record<string, string>> = { insert: 'inserted', update: 'updated', delete: 'deleted' }

/** Runs statements in turn, and prints what each of them answers. */
export class Runner {
  /** Whether a statement was run that may have written. */
  wrote = false
  readonly database: Database
  readonly #session: Session
  readonly #options: RunnerOptions
  /** Ends the running statement. */
  #end = new AbortController()
  #answers = 0
  /** What neighbouring statements of one kind changed: a dump of many inserts is one line. */
  #changed: { readonly kind: string; count: number } | undefined

  constructor(database: Database, session: Session, options: RunnerOptions) {
    this.database = database
    this.#session = session
    this.#options = options
  }

  /** Runs one statement. */
  async run({ sql, parameters }: Bound): Promise<void> {
    const { queries, inTransaction } = this.database
    this.#end = new AbortController()
    if (answersRows(sql)) {
      await this.#print(queries.prepare(sql).open(...parameters))
    } else {
      this.wrote = true
      const aside = !inTransaction && ASIDE.has(firstToken(sql)?.text.toUpperCase() ?? '')
      const results = aside
        ? await queries.promises.withSignal(this.#signal).exec(sql, ...parameters)
        : queries.exec(sql, ...parameters)
      for (const result of results) await this.#tell(result)
    }
    if (this.#options.interactive) await this.flush()
    this.#session.context.signal.throwIfAborted()
  }

  /** Ends the running statement: a change is dropped, of an answer the rows are left out that are not printed yet. */
  stop(): void {
    this.#end.abort()
  }

  /** Whether the running statement was told to end. */
  get isStopped(): boolean {
    return this.#end.signal.aborted
  }

  get #signal(): AbortSignal {
    return AbortSignal.any([this.#end.signal, this.#session.context.signal])
  }

  /** Says what is not said yet of the rows that were changed, and writes out all that is printed. */
  async flush(): Promise<void> {
    const changed = this.#changed
    this.#changed = undefined
    if (changed && !this.#options.quiet) {
      this.#session.notify(`${counted(changed.count, 'row')} ${VERBS[changed.kind]}`)
    }
    await this.#session.output.flush()
  }

  async #tell({ kind, changes, columns, rows }: SqlResult): Promise<void> {
    if (columns) {
      const names = columns.map(({ name }) => name)
      const values = rows.map((row) => names.map((name) => row[name]))
      await this.#print({ names, isMap: false, rows: values })
      return
    }
    if (VERBS[kind] === undefined) return
    if (this.#changed?.kind !== kind) await this.flush()
    this.#changed ??= { kind, count: 0 }
    this.#changed.count += changes
  }

  async #print(answer: Answer): Promise<void> {
    if (this.#changed) await this.flush()
    const { format, interactive } = this.#options
    const session = this.#session
    if (!interactive) await session.page()
    const { isTTY, columns } = session.context.stdout
    // On a terminal the next statement stands between the answers of a shell.
    const apart = format !== 'json' && !(interactive && isTTY)
    if (this.#answers++ > 0 && apart) session.output.line('')
    const printing = {
      format,
      style: session.style,
      columns: isTTY ? columns || COLUMNS : undefined,
      stopped: () => this.isStopped || session.context.signal.aborted,
    }
    const count = await writeRows(answer, printing, session.output)
    if (!interactive) return
    await session.output.flush()
    const rows = counted(count, 'row')
    session.notify(this.isStopped ? `${rows}, then interrupted` : rows)
  }
}
