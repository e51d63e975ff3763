import { Buffer } from 'node:buffer'
import type { SqlValueOptions } from '../../index.js'

/** A DECIMAL, with all its digits. */
export class Decimal {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }
}

/** How the command reads values: nothing is rounded, and a DECIMAL is told from a text. */
export const EXACT: SqlValueOptions = {
  integers: 'auto',
  timestamps: 'string',
  decimals: (digits) => new Decimal(digits),
}

/**
 * A value as JSON. Integers have all their digits, whatever a reader makes of them; DECIMAL, and what no number of JSON is
 * (NaN, Infinity), are texts; bytes are `{"base64": …}`.
 */
export function toJson(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return value.toString()
    case 'number':
      return Number.isFinite(value) ? String(value) : JSON.stringify(String(value))
    case 'object':
      break
    default:
      return JSON.stringify(value)
  }
  if (value === null) return 'null'
  if (value instanceof Decimal) return JSON.stringify(value.digits)
  if (value instanceof Uint8Array) return JSON.stringify({ base64: Buffer.from(value).toString('base64') })
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  return jsonObject(Object.entries(value))
}

/** An object as JSON, with its fields in this order. */
export function jsonObject(fields: readonly (readonly [string, unknown])[]): string {
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${toJson(value)}`).join(',')}}`
}

/** A value that is not NULL as text: bytes are hexadecimal digits, MAP, LIST, INTERVAL and POINT are JSON. */
export function toPlain(value: unknown): string {
  if (typeof value !== 'object') return String(value)
  if (value instanceof Decimal) return value.digits
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return toJson(value)
}

/** Whether a value is a number of any type. */
export function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal
}
