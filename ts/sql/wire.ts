import { decodeText } from '../encoding/utf8.js'
import { ProllyError } from '../errors/prolly-error.js'
import { invalid } from '../options/check.js'
import type { SqlParameters, SqlValueOptions } from './values.js'

/**
 * Values as bytes: a byte that says what one is, and what that takes. Numbers are little-endian; texts and bytes have their length
 * in four bytes before them. `crates/node/src/sql/value.rs` is the other side.
 */
const NULL = 0
const FALSE = 1
const TRUE = 2
const INT32 = 3
const FLOAT = 4
const INT64 = 5
const LARGE = 6
const TEXT = 7
const BYTES = 8
const DECIMAL = 9
const DATE = 10
const TIMESTAMP = 11
const TIME = 12
const MONTHS = 13
const MICROSECONDS = 14
const UUID = 15
const INET = 16
const MAP = 17
const LIST = 18
const POINT = 19

/** What parameters by name begin with. */
const NAMED = 0xff

/** Reads the values of rows. */
export class RowReader {
  readonly #options: SqlValueOptions
  #bytes: Buffer = EMPTY
  #at = 0

  constructor(options: SqlValueOptions) {
    this.#options = options
  }

  /** Goes on with the row in these bytes. */
  open(bytes: Buffer, start: number): void {
    this.#bytes = bytes
    this.#at = start
  }

  /** The next value of the row. */
  value(): unknown {
    const bytes = this.#bytes
    const kind = bytes[this.#at++]
    switch (kind) {
      case NULL:
        return null
      case FALSE:
        return false
      case TRUE:
        return true
      case INT32: {
        const number = bytes.readInt32LE(this.#take(4))
        return this.#options.integers === 'bigint' ? BigInt(number) : number
      }
      case FLOAT:
        return bytes.readDoubleLE(this.#take(8))
      case INT64:
        return this.#integer(bytes.readBigInt64LE(this.#take(8)))
      case LARGE:
        return BigInt(this.#text())
      case TEXT:
      case TIME:
      case UUID:
      case INET:
        return this.#text()
      case BYTES: {
        const length = bytes.readUInt32LE(this.#take(4))
        const start = this.#take(length)
        // A copy, and no Buffer.
        return new Uint8Array(bytes.subarray(start, start + length))
      }
      case DECIMAL: {
        const digits = this.#text()
        return this.#options.decimals === undefined ? digits : this.#options.decimals(digits)
      }
      case DATE: {
        const text = this.#text()
        return this.#options.dates === 'date' ? new Date(`${text}T00:00:00Z`) : text
      }
      case TIMESTAMP: {
        const milliseconds = bytes.readDoubleLE(this.#take(8))
        const text = this.#text()
        return this.#options.timestamps === 'string' ? text : new Date(milliseconds)
      }
      case MONTHS:
        return { months: bytes.readInt32LE(this.#take(4)) }
      case MICROSECONDS:
        return { microseconds: bytes.readBigInt64LE(this.#take(8)) }
      case MAP: {
        const entries: [string, unknown][] = []
        for (let left = bytes.readUInt32LE(this.#take(4)); left > 0; left--) {
          const name = this.#text()
          entries.push([name, this.value()])
        }
        return Object.fromEntries(entries)
      }
      case LIST: {
        const list: unknown[] = []
        for (let left = bytes.readUInt32LE(this.#take(4)); left > 0; left--) list.push(this.value())
        return list
      }
      case POINT:
        return { x: bytes.readDoubleLE(this.#take(8)), y: bytes.readDoubleLE(this.#take(8)) }
      default:
        throw new ProllyError('PROLLY_INTERNAL', `a value of kind ${kind} cannot be read`)
    }
  }

  #integer(number: bigint): number | bigint {
    const { integers = 'number' } = this.#options
    if (integers === 'bigint') return number
    if (number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER) return Number(number)
    if (integers === 'auto') return number
    throw new RangeError(
      `${number} is more than a number can hold exactly: read it with the option integers: 'bigint' or 'auto'`,
    )
  }

  #text(): string {
    const length = this.#bytes.readUInt32LE(this.#take(4))
    const start = this.#take(length)
    return decodeText(this.#bytes, start, start + length)
  }

  #take(length: number): number {
    const at = this.#at
    this.#at += length
    return at
  }
}

/** The bytes of what a statement is handed. */
export function packParameters(parameters: SqlParameters): Uint8Array {
  if (parameters.length === 0) return EMPTY
  const [first] = parameters
  const parts: Buffer[] = []
  if (parameters.length === 1 && isNamed(first)) {
    parts.push(Buffer.from([NAMED]))
    for (const [name, value] of Object.entries(first)) {
      parts.push(sized(Buffer.from(name)), packed(value, `:${name}`))
    }
  } else {
    const list = parameters.length === 1 && Array.isArray(first) ? (first as unknown[]) : parameters
    list.forEach((value, place) => parts.push(packed(value, `parameter ${place + 1}`)))
  }
  return parts.length === 1 ? (parts[0] ?? EMPTY) : Buffer.concat(parts)
}

function isNamed(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function packed(value: unknown, name: string): Buffer {
  switch (typeof value) {
    case 'undefined':
      return Buffer.from([NULL])
    case 'boolean':
      return Buffer.from([value ? TRUE : FALSE])
    case 'number': {
      const bytes = Buffer.allocUnsafe(9)
      bytes[0] = FLOAT
      bytes.writeDoubleLE(value, 1)
      return bytes
    }
    case 'bigint':
      return packedText(LARGE, value.toString())
    case 'string':
      if (!value.isWellFormed()) throw invalid(name, 'text without lone surrogates', value)
      return packedText(TEXT, value)
    case 'object':
      break
    default:
      throw invalid(name, 'a value that a column can hold', value)
  }
  if (value === null) return Buffer.from([NULL])
  if (value instanceof Uint8Array) return bytesOf(value)
  if (value instanceof ArrayBuffer) return bytesOf(new Uint8Array(value))
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw invalid(name, 'a valid date', value)
    return packedText(TEXT, value.toISOString().replace('T', ' ').replace('Z', ''))
  }
  if (Array.isArray(value) || isNamed(value)) {
    return packedText(
      TEXT,
      JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner)),
    )
  }
  throw invalid(name, 'a value that a column can hold', value)
}

function bytesOf(value: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from([BYTES]),
    sized(Buffer.from(value.buffer, value.byteOffset, value.byteLength)),
  ])
}

function packedText(kind: number, value: string): Buffer {
  const length = Buffer.byteLength(value)
  const bytes = Buffer.allocUnsafe(5 + length)
  bytes[0] = kind
  bytes.writeUInt32LE(length, 1)
  bytes.write(value, 5)
  return bytes
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}

const EMPTY = Buffer.alloc(0)
