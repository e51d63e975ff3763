import { decodeText } from '../encoding/utf8.js'
import { ProllyError } from '../errors/prolly-error.js'
import {
  BYTES,
  DATE,
  DECIMAL,
  FALSE,
  FLOAT,
  INET,
  INT32,
  INT64,
  LARGE,
  LIST,
  MAP,
  MICROSECONDS,
  MONTHS,
  NULL,
  POINT,
  TEXT,
  TIME,
  TIMESTAMP,
  TRUE,
  UUID,
} from './value-kinds.js'
import type { SqlValueOptions } from './values.js'

const EMPTY = Buffer.alloc(0)

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
