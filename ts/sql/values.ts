import { checkOneOf, checkOptions, invalid } from '../options/check.js'

/** A value of a row. What columns hold becomes one of these, unless options ask for something else. */
export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | SqlInterval
  | SqlPoint
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue }

/** A length of time: months, or microseconds. */
export type SqlInterval = { readonly months: number } | { readonly microseconds: bigint }

/** A point of the plane. */
export interface SqlPoint {
  readonly x: number
  readonly y: number
}

/** A value handed to a statement. Objects and arrays become MAP and LIST; `undefined` is NULL. */
export type SqlParameter =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ArrayBuffer
  | Date
  | readonly unknown[]
  | { readonly [name: string]: unknown }

/** Values handed to a statement: one for each `?` or `$1`, a list of them, or an object for `:name`. */
export type SqlParameters =
  | readonly SqlParameter[]
  | readonly [readonly SqlParameter[]]
  | readonly [Readonly<Record<string, SqlParameter>>]

/** How the values of rows are shown. */
export interface SqlValueOptions {
  /**
   * What becomes of integers of 64 bits: a `number`, and a `RangeError` for one that a number cannot hold exactly (`number`, the
   * default); always a `bigint`; or whichever of the two holds it (`auto`). Smaller ones are numbers, larger ones bigints in any case.
   */
  readonly integers?: 'number' | 'bigint' | 'auto'
  /** What becomes of TIMESTAMP: a `Date`, in UTC and to the millisecond (the default), or text with all its digits. */
  readonly timestamps?: 'date' | 'string'
  /** What becomes of DATE: text (the default), or a `Date` at midnight UTC. */
  readonly dates?: 'string' | 'date'
  /** What becomes of DECIMAL, which is text with all its digits otherwise. */
  readonly decimals?: (digits: string) => unknown
}

export const VALUE_OPTIONS = ['integers', 'timestamps', 'dates', 'decimals'] as const

/** Refuses options that are not what they must be. */
export function checkValueOptions(options: SqlValueOptions): void {
  checkOptions(options, VALUE_OPTIONS)
  const { integers = 'number', timestamps = 'date', dates = 'string', decimals } = options
  checkOneOf('options.integers', integers, ['number', 'bigint', 'auto'])
  checkOneOf('options.timestamps', timestamps, ['date', 'string'])
  checkOneOf('options.dates', dates, ['string', 'date'])
  if (decimals !== undefined && typeof decimals !== 'function')
    throw invalid('options.decimals', 'a function', decimals)
}
