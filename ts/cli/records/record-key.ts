import { CommandError, usageError } from '../errors.js'
import type { SourceRecord } from './source-record.js'

// Half of a UTF-16 pair: it has no UTF-8.
const LONE_SURROGATE = /\p{Surrogate}/u

/** The field names of `--key field[,field…]`. */
export function parseKeyFields(text: string): string[] {
  const fields = text.split(',')
  if (fields.includes('')) throw usageError(`--key "${text}" has an empty field name`)
  return fields
}

/**
 * The key of a record: its key fields, joined by `/`.
 *
 * A field may be a string, a number, true or false. Two records of different fields could get one key when a field
 * holds a `/` itself ("a/b" and "c", "a" and "b/c"), so with more than one field only the last may hold one.
 *
 * @throws CommandError when a field is missing or makes no key; the caller adds the record's place.
 */
export function recordKey(record: SourceRecord, fields: readonly string[]): string {
  if (fields.length === 1) return part(record, fields[0] ?? '')
  const parts = fields.map((field) => part(record, field))
  for (const [index, text] of parts.slice(0, -1).entries()) {
    if (text.includes('/')) throw new CommandError(`the key field "${fields[index]}" holds a "/": "${text}"`)
  }
  return parts.join('/')
}

function part(record: SourceRecord, field: string): string {
  const value = record.field(field)
  switch (typeof value) {
    case 'undefined':
      throw new CommandError(`the record has no field "${field}"`)
    case 'string':
      if (value === '') throw new CommandError(`the key field "${field}" is empty`)
      if (LONE_SURROGATE.test(value)) throw new CommandError(`the key field "${field}" is not valid Unicode`)
      return value
    case 'boolean':
      return String(value)
    case 'number':
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw new CommandError(`the key field "${field}" is a number too large to be exact`)
      }
      return String(value)
    default:
      throw new CommandError(`the key field "${field}" is neither a string, a number, true nor false`)
  }
}
