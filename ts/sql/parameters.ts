import { writeText } from '../encoding/utf8.js'
import { invalid } from '../options/check.js'
import { BYTES, FALSE, FLOAT, LARGE, NULL, TEXT, TRUE } from './value-kinds.js'
import type { SqlParameters } from './values.js'

/** What parameters by name begin with. */
const NAMED = 0xff

const FIRST_SIZE = 4 * 1024
/** Memory that is more than this is not kept. */
const KEPT_SIZE = 1024 * 1024
/** Bytes that a character takes at most. */
const WIDEST = 3

/** What parameters are written to, unless code of the user that runs meanwhile writes others. */
let idle: ParameterWriter | undefined

/** The bytes of what a statement is handed, good until the next statement is handed something. */
export function lendParameters(parameters: SqlParameters): Uint8Array {
  const writer = idle ?? new ParameterWriter()
  idle = undefined
  try {
    return writer.write(parameters)
  } finally {
    if (writer.size <= KEPT_SIZE) idle = writer
  }
}

/** The bytes of what a statement is handed, to keep. */
export function packParameters(parameters: SqlParameters): Uint8Array {
  return new Uint8Array(lendParameters(parameters))
}

class ParameterWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE)
  #end = 0

  /** Bytes of the memory that is written to. */
  get size(): number {
    return this.#bytes.length
  }

  write(parameters: SqlParameters): Uint8Array {
    this.#end = 0
    const [first] = parameters
    if (parameters.length === 1 && isNamed(first)) {
      this.#reserve(1)
      this.#bytes[this.#end++] = NAMED
      for (const [name, value] of Object.entries(first)) {
        this.#sized(name, name)
        this.#value(value, `:${name}`)
      }
    } else {
      const list = parameters.length === 1 && Array.isArray(first) ? (first as unknown[]) : parameters
      for (let place = 0; place < list.length; place++) this.#value(list[place], place)
    }
    return this.#bytes.subarray(0, this.#end)
  }

  /** @param name - What it is called when it is refused: its name, or its place. */
  #value(value: unknown, name: string | number): void {
    switch (typeof value) {
      case 'undefined':
        return this.#kind(NULL)
      case 'boolean':
        return this.#kind(value ? TRUE : FALSE)
      case 'number':
        this.#kind(FLOAT)
        this.#end = this.#bytes.writeDoubleLE(value, this.#end)
        return
      case 'bigint':
        return this.#text(LARGE, value.toString(), name)
      case 'string':
        return this.#text(TEXT, value, name)
      case 'object':
        return this.#object(value, name)
      default:
        throw refused(name, 'a value that a column can hold', value)
    }
  }

  #object(value: object | null, name: string | number): void {
    if (value === null) return this.#kind(NULL)
    if (value instanceof Uint8Array) return this.#blob(value)
    if (value instanceof ArrayBuffer) return this.#blob(new Uint8Array(value))
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw refused(name, 'a valid date', value)
      return this.#text(TEXT, value.toISOString().replace('T', ' ').replace('Z', ''), name)
    }
    if (!Array.isArray(value) && !isNamed(value)) {
      throw refused(name, 'a value that a column can hold', value)
    }
    // The typings say nothing of a toJSON that gives nothing.
    const json = JSON.stringify(value, plain) as string | undefined
    if (json === undefined) this.#kind(NULL)
    else this.#text(TEXT, json, name)
  }

  #blob(bytes: Uint8Array): void {
    this.#kind(BYTES)
    this.#reserve(4 + bytes.length)
    this.#end = this.#bytes.writeUInt32LE(bytes.length, this.#end)
    this.#bytes.set(bytes, this.#end)
    this.#end += bytes.length
  }

  #text(kind: number, text: string, name: string | number): void {
    this.#kind(kind)
    this.#sized(text, name)
  }

  #sized(text: string, name: string | number): void {
    this.#reserve(4 + WIDEST * text.length)
    const written = writeText(text, this.#bytes, this.#end + 4)
    if (written < 0) throw refused(name, 'text without lone surrogates', text)
    this.#end = this.#bytes.writeUInt32LE(written, this.#end) + written
  }

  /** Writes a kind, and leaves room for a number behind it. */
  #kind(kind: number): void {
    this.#reserve(9)
    this.#bytes[this.#end++] = kind
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}

/** JSON has no bigints. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

function isNamed(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function refused(name: string | number, wanted: string, value: unknown): Error {
  return invalid(typeof name === 'string' ? name : `parameter ${name + 1}`, wanted, value)
}
