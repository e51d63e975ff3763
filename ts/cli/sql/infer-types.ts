import { fromJsonBytes } from '../text.js'
import type { SourceRecord } from '../records/source-record.js'

/** What a column can be made of. */
type Kind = 'INT' | 'FLOAT' | 'BOOLEAN' | 'TEXT' | 'BYTEA' | 'MAP' | 'LIST'

/** What is known of a column. */
interface Seen {
  kind: Kind | undefined
  /** An integer that a FLOAT does not hold exactly. */
  hasLarge: boolean
}

const INTEGER = /^-?(?:0|[1-9]\d*)$/
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const INT_MAX = 2n ** 63n - 1n

/**
 * Finds the types of columns from the records that they are to hold.
 *
 * Integers of 64 bits make INT, with other numbers FLOAT, `true` and `false` BOOLEAN, in JSON objects MAP, arrays LIST and
 * `{"base64": …}` BYTEA. Everything else is TEXT: mixtures, numbers that would be rounded, columns without any value, and in CSV
 * numbers with leading zeros.
 */
export class TypeInference {
  readonly #columns = new Map<string, Seen>()
  readonly #isCsv: boolean

  /** @param isCsv Whether every value is a text, whatever it spells. */
  constructor(isCsv: boolean) {
    this.#isCsv = isCsv
  }

  /** The columns so far, in the order in which they came, and their types. */
  get types(): Map<string, string> {
    return new Map(Array.from(this.#columns, ([name, { kind, hasLarge }]) => [name, typeOf(kind, hasLarge)]))
  }

  /** Takes columns that may have no value. */
  names(names: readonly string[]): void {
    for (const name of names) this.#column(name)
  }

  add(record: SourceRecord): void {
    for (const name of record.names) {
      const column = this.#column(name)
      if (column.kind === 'TEXT') continue
      const value = record.field(name)
      if (value === null || (this.#isCsv && value === '')) continue
      const text = this.#isCsv ? (value as string) : numberText(value, record, name)
      const kind = text === undefined ? kindOf(value) : this.#kindOfText(text)
      column.kind = column.kind === undefined ? kind : widened(column.kind, kind)
      if (kind === 'INT' && !Number.isSafeInteger(Number(text))) column.hasLarge = true
    }
  }

  #column(name: string): Seen {
    let column = this.#columns.get(name)
    if (column === undefined) this.#columns.set(name, (column = { kind: undefined, hasLarge: false }))
    return column
  }

  #kindOfText(text: string): Kind {
    if (INTEGER.test(text)) {
      const number = BigInt(text)
      return number <= INT_MAX && number >= -INT_MAX - 1n ? 'INT' : 'TEXT'
    }
    if (NUMBER.test(text)) return Number.isFinite(Number(text)) ? 'FLOAT' : 'TEXT'
    return this.#isCsv && /^(?:true|false)$/i.test(text) ? 'BOOLEAN' : 'TEXT'
  }
}

/** A number of JSON as it is spelled; `undefined` for what is none. */
function numberText(value: unknown, record: SourceRecord, name: string): string | undefined {
  if (typeof value !== 'number') return undefined
  const isExact = Number.isSafeInteger(value) || !Number.isInteger(value)
  return isExact ? String(value) : record.spelled(name)
}

function kindOf(value: unknown): Kind {
  if (typeof value === 'boolean') return 'BOOLEAN'
  if (typeof value !== 'object' || value === null) return 'TEXT'
  if (Array.isArray(value)) return 'LIST'
  return fromJsonBytes(value) === undefined ? 'MAP' : 'BYTEA'
}

function widened(one: Kind, other: Kind): Kind {
  if (one === other) return one
  const isNumber = (kind: Kind) => kind === 'INT' || kind === 'FLOAT'
  return isNumber(one) && isNumber(other) ? 'FLOAT' : 'TEXT'
}

function typeOf(kind: Kind | undefined, hasLarge: boolean): string {
  return kind === undefined || (kind === 'FLOAT' && hasLarge) ? 'TEXT' : kind
}
