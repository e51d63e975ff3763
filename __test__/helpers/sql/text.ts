import type { Random } from './random.js'
import type { Kind } from './tables.js'
import { NUMBERS, ofKind } from './tables.js'

export type Value = number | string | null

/** A statement, and whether the order of its rows is one that it asks for. */
export interface Statement {
  readonly sql: string
  readonly parameters: Readonly<Record<string, Value>>
  readonly isOrdered: boolean
}

/** Writes one statement: values stand in its text, or are parameters of it. */
export class Text {
  readonly random: Random
  readonly #parameters: Record<string, Value> = {}
  #count = 0

  constructor(random: Random) {
    this.random = random
  }

  /** A value that is compared with a column or stored in one. */
  value(value: Value): string {
    return this.random.once(3) ? this.#parameter(value) : literal(value)
  }

  /** A value of a kind, written out: where nothing says of what kind a parameter is. */
  constant(kind: Kind): string {
    const number = this.random.below(NUMBERS)
    return kind === 'FLOAT' ? `${number}.${this.random.oneOf(['0', '5'])}` : literal(ofKind(kind, number))
  }

  /** The same to be compared with a column, now and then NULL. */
  operand(kind: Kind): string {
    return this.value(this.random.once(30) ? null : ofKind(kind, this.random.below(NUMBERS), 0.5))
  }

  done(sql: string, isOrdered = false): Statement {
    return { sql, parameters: this.#parameters, isOrdered }
  }

  #parameter(value: Value): string {
    const name = `p${(this.#count += 1)}`
    this.#parameters[name] = value
    return `:${name}`
  }
}

function literal(value: Value): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
