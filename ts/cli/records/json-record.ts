import type { Buffer } from 'node:buffer'
import type { SourceRecord } from './source-record.js'

/** A record that was read from JSON. */
export class JsonRecord implements SourceRecord {
  readonly bytes: Buffer
  readonly place: number
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(bytes: Buffer, place: number, fields: Readonly<Record<string, unknown>>) {
    this.bytes = bytes
    this.place = place
    this.#fields = fields
  }

  get size(): number {
    return Object.keys(this.#fields).length
  }

  field(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined
  }
}

/** The value as a record's fields, or undefined when it is no object. */
export function asFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as Record<string, unknown>
}
