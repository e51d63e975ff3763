import { Buffer } from 'node:buffer'
import type { SqlParameter } from '../../index.js'
import { usageError } from '../errors.js'
import { tokens } from './tokens.js'

/** A statement, and what it is handed. */
export interface Bound {
  readonly sql: string
  readonly parameters: readonly SqlParameter[] | readonly [Readonly<Record<string, SqlParameter>>]
}

// As JSON writes numbers, so that 007 and +49 stay texts.
const NUMBER = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
const BYTES = /^x'((?:[0-9a-f]{2})*)'$/i
const QUOTED = /^'((?:[^']|'')*)'$/
const NAMED = /^([\p{L}_][\p{L}\p{N}_$]*)=([^]*)$/u
const CONSTANTS: Readonly<Record<string, SqlParameter>> = { NULL: null, TRUE: true, FALSE: false }

/**
 * The value that an argument spells: `NULL`, `TRUE`, `FALSE`, a number as JSON writes it, a text in single quotes or bytes as
 * `X'00ff'`, as they are written in SQL; anything else is a text as it stands.
 */
export function parseParameter(argument: string): SqlParameter {
  const text = textArgument(argument)
  const constant = CONSTANTS[text.toUpperCase()]
  if (constant !== undefined) return constant
  const number = NUMBER.exec(text)
  if (number) {
    const [, fraction, exponent] = number
    const isWhole = fraction === undefined && exponent === undefined
    return isWhole && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text)
  }
  const [, digits] = BYTES.exec(text) ?? []
  if (digits !== undefined) return new Uint8Array(Buffer.from(digits, 'hex'))
  const [, quoted] = QUOTED.exec(text) ?? []
  return quoted === undefined ? text : quoted.replaceAll("''", "'")
}

/** An argument that is text. */
export function textArgument(argument: string): string {
  // The runtime decodes arguments as UTF-8 and puts U+FFFD where they were not.
  if (argument.includes('\u{fffd}')) {
    throw usageError(
      'an argument is not UTF-8, or holds the replacement character U+FFFD',
      'give the statements with --file',
    )
  }
  return argument
}

/** The parameters of a command line, and which of them each statement takes. */
export class Parameters {
  readonly #values: readonly SqlParameter[]
  readonly #named: ReadonlyMap<string, SqlParameter>
  /** The `?` of the statements so far. */
  #questions = 0

  /**
   * @param values For `?` and `$1`, in their order.
   * @param named For `:name`, each `name=value`.
   */
  constructor(values: readonly string[], named: readonly string[]) {
    if (values.length > 0 && named.length > 0) {
      throw usageError('give values by their order or with --param, not both')
    }
    this.#values = values.map(parseParameter)
    this.#named = new Map(named.map(namedParameter))
  }

  /**
   * Each statement with what it is handed. A `?` counts from the first statement on, `$2` is the second value everywhere.
   *
   * @param all Whether these are all statements there will be: a value that none of them takes is an error then. Otherwise each
   * statement takes the values from the first on.
   */
  bind(statements: readonly string[], all: boolean): Bound[] {
    if (this.#values.length + this.#named.size === 0)
      return statements.map((sql) => ({ sql, parameters: [] }))
    const taken = new Set<number | string>()
    const bound = statements.map((sql) => {
      if (!all) this.#questions = 0
      return this.#named.size > 0 ? this.#byName(sql, taken) : this.#byPlace(sql, taken)
    })
    if (!all) return bound
    for (const name of this.#named.keys()) {
      if (!taken.has(name)) throw usageError(`no statement has a parameter :${name}`)
    }
    const unused = this.#values.findIndex((_, place) => !taken.has(place))
    if (unused >= 0) throw usageError(`no statement takes the value number ${unused + 1}`)
    return bound
  }

  #byName(sql: string, taken: Set<number | string>): Bound {
    const own: [string, SqlParameter][] = []
    for (const { text } of tokens(sql)) {
      const name = text.startsWith(':') ? text.slice(1) : ''
      const value = this.#named.get(name)
      if (value === undefined) continue
      own.push([name, value])
      taken.add(name)
    }
    return { sql, parameters: own.length > 0 ? [Object.fromEntries(own)] : [] }
  }

  #byPlace(sql: string, taken: Set<number | string>): Bound {
    const questions: number[] = []
    const numbered: { readonly text: string; readonly index: number }[] = []
    for (const token of tokens(sql)) {
      if (token.text === '?') questions.push(this.#questions++)
      else if (/^\$\d+$/.test(token.text)) numbered.push(token)
    }
    if (questions.length > 0 && numbered.length > 0) {
      throw usageError('a statement has ? and $1: write its parameters in one way')
    }
    const numbers = numbered.map(({ text }) => Number(text.slice(1)) - 1)
    const places = questions.length > 0 ? questions : [...new Set(numbers)].toSorted((a, b) => a - b)
    const missing = places.find((place) => place < 0 || place >= this.#values.length)
    if (missing !== undefined)
      throw usageError(`a statement takes a value number ${missing + 1}, which is not given`)
    let renumbered = sql
    for (const { text, index } of numbered.toReversed()) {
      // With blanks behind it, so that all else stays where an error says it is.
      const name = `$${places.indexOf(Number(text.slice(1)) - 1) + 1}`.padEnd(text.length)
      renumbered = `${renumbered.slice(0, index)}${name}${renumbered.slice(index + text.length)}`
    }
    for (const place of places) taken.add(place)
    return { sql: renumbered, parameters: places.map((place) => this.#values[place]) }
  }
}

function namedParameter(argument: string): [string, SqlParameter] {
  const [, name, value] = NAMED.exec(argument) ?? []
  if (name === undefined || value === undefined) {
    throw usageError(
      `--param "${argument}" is not name=value`,
      'for :name in the statement; give values of ? as arguments',
    )
  }
  return [name, parseParameter(value)]
}
