import type { Buffer } from 'node:buffer'
import type { SqlParameter } from '../../index.js'
import { CommandError } from '../errors.js'
import type { SourceRecord } from '../records/source-record.js'
import { fromJsonBytes } from '../text.js'
import type { Column } from './schema.js'

/** What a value of a record is on its way into a column. */
interface Given {
  readonly value: unknown
  /** As the record's JSON spells it. */
  readonly spelled: () => string
}

type Reading = (given: Given) => SqlParameter | undefined

/**
 * Types of which not every value is stored as it is handed over: a parameter has no DECIMAL and no more than INT128, and a whole
 * number is handed over as an integer, which has no -0. So all digits are handed over as a text, and cast in the statement.
 */
const CAST: ReadonlySet<string> = new Set(['DECIMAL', 'FLOAT', 'FLOAT32', 'UINT128'])

/** What stands for a column's value in an INSERT. */
export function placeholder({ type }: Column): string {
  return CAST.has(type) ? `CAST(? AS ${type})` : '?'
}

/**
 * A field of a record as its column takes it.
 *
 * A text becomes what it spells. An empty text is NULL, but in a TEXT or BYTEA column, and an empty field of CSV an empty text where that
 * must not be NULL.
 *
 * @throws CommandError when the column cannot hold it; the caller adds the record's place.
 */
export function columnValue(record: SourceRecord, column: Column, isCsv: boolean): SqlParameter {
  const { name, type, nullable } = column
  const value = record.field(name)
  if (type === 'TEXT') {
    if (value === null) return isCsv && !nullable ? '' : null
    return typeof value === 'string' ? value : (record.spelled(name) ?? null)
  }
  if (value === null || value === undefined || (value === '' && type !== 'BYTEA')) return null
  const spelled = () => record.spelled(name) ?? ''
  const read = (READINGS[type] ?? readText)({ value, spelled })
  if (read !== undefined) return read
  throw new CommandError(`the field "${name}" is no ${type}: ${shown(spelled())}`)
}

const SHOWN_MAX = 40

function shown(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
}

const readInteger: Reading = ({ value, spelled }) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  const digits = digitsOf(value, spelled)
  if (digits === undefined || !/^[+-]?\d+$/.test(digits)) return undefined
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits.replace('+', ''))
}

const FLOAT = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]?Infinity)$/

const readFloat: Reading = ({ value }) => {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && FLOAT.test(value) ? value : undefined
}

/** All its digits, for the statement to cast. */
const readDigits: Reading = ({ value, spelled }) => {
  const digits = digitsOf(value, spelled)
  return digits !== undefined && /^[+-]?\d+(?:\.\d+)?$/.test(digits) ? digits : undefined
}

function digitsOf(value: unknown, spelled: () => string): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? spelled() : undefined
}

const readBoolean: Reading = ({ value }) => {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string' || !/^(?:true|false)$/i.test(value)) return undefined
  return value.toLowerCase() === 'true'
}

/** A text that SQL reads, and numbers where it takes them. */
const readText: Reading = ({ value }) =>
  typeof value === 'string' || typeof value === 'number' ? value : undefined

/** Hexadecimal digits, or `{"base64": …}`. */
const readBytes: Reading = ({ value }) => {
  if (typeof value !== 'string') return fromJsonBytes(value) as Buffer | undefined
  return /^(?:[0-9a-f]{2})*$/i.test(value) ? value : undefined
}

/** JSON, as a text or as it stands in JSON. */
const readJson: Reading = ({ value, spelled }) =>
  typeof value === 'object' ? spelled() : readText({ value, spelled })

/** What the object that `export` writes says, or SQL. */
function readObject(text: (object: Readonly<Record<string, string>>) => string | undefined): Reading {
  return ({ value, spelled }) => {
    const json = typeof value === 'string' ? value : spelled()
    if (!json.startsWith('{')) return readText({ value, spelled })
    const numbers = Array.from(json.matchAll(/"(\w+)":(-?[\d.eE+-]+)/g), ([, name = '', number = '']) => [
      name,
      number,
    ])
    return text(Object.fromEntries(numbers) as Record<string, string>)
  }
}

const readInterval = readObject(({ months, microseconds }) => {
  if (months !== undefined) return `'${months}' MONTH`
  if (microseconds === undefined) return undefined
  const digits = microseconds.replace('-', '').padStart(7, '0')
  return `'${microseconds.startsWith('-') ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}' SECOND`
})

const readPoint = readObject(({ x, y }) =>
  x === undefined || y === undefined ? undefined : `POINT(${x} ${y})`,
)

const READINGS: Readonly<Record<string, Reading>> = {
  INT8: readInteger,
  INT16: readInteger,
  INT32: readInteger,
  INT: readInteger,
  INT128: readInteger,
  UINT8: readInteger,
  UINT16: readInteger,
  UINT32: readInteger,
  UINT64: readInteger,
  UINT128: readDigits,
  FLOAT32: readFloat,
  FLOAT: readFloat,
  DECIMAL: readDigits,
  BOOLEAN: readBoolean,
  BYTEA: readBytes,
  MAP: readJson,
  LIST: readJson,
  INTERVAL: readInterval,
  POINT: readPoint,
}
