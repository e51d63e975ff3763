import type { Buffer } from 'node:buffer'
import { spelledFields } from './spelled-fields.js'
import type { SourceRecord } from './source-record.js'

/** A record that was read from JSON. */
export class JsonRecord implements SourceRecord {
  readonly bytes: Buffer
  readonly place: number
  readonly #fields: Readonly<Record<string, unknown>>
  #spelled: ReadonlyMap<string, string> | undefined

  constructor(bytes: Buffer, place: number, fields: Readonly<Record<string, unknown>>) {
    this.bytes = bytes
    this.place = place
    this.#fields = fields
  }

  get size(): number {
    return this.names.length
  }

  get names(): readonly string[] {
    return Object.keys(this.#fields)
  }

  field(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined
  }

  spelled(name: string): string | undefined {
    this.#spelled ??= spelledFields(this.bytes.toString('utf8'))
    return this.#spelled.get(name)
  }
}

/** The value as a record's fields, or undefined when it is no object. */
export function asFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as Record<string, unknown>
}
