import { Buffer } from 'node:buffer'
import { CommandError } from '../errors.js'
import { fromJsonBytes } from '../text.js'
import { recordKey } from './record-key.js'
import type { SourceRecord } from './source-record.js'

/** A key and its value as they go into the store. */
export type SourceEntry = [key: Buffer, value: Buffer]

/** The entry of a record whose fields make its key: the record itself is the value. */
export function recordEntry(record: SourceRecord, keyFields: readonly string[]): SourceEntry {
  return [Buffer.from(recordKey(record, keyFields)), record.bytes]
}

/**
 * The entry of a record that spells it out: `{"key": …, "value": …}`, each a string or `{"base64": …}`.
 *
 * @throws CommandError when it is anything else; the caller adds the record's place.
 */
export function plainEntry(record: SourceRecord): SourceEntry {
  const key = bytesOf(record, 'key')
  const value = bytesOf(record, 'value')
  if (record.size !== 2)
    throw new CommandError('the record has more fields than "key" and "value"', { hint: HINT })
  return [key, value]
}

const HINT = 'to import records as values, name the fields that make the key: --key field[,field…]'

function bytesOf(record: SourceRecord, name: string): Buffer {
  const value = record.field(name)
  if (value === undefined) throw new CommandError(`the record has no field "${name}"`, { hint: HINT })
  const bytes = fromJsonBytes(value)
  if (bytes === undefined) {
    throw new CommandError(`the field "${name}" is neither a string nor {"base64": …}`, { hint: HINT })
  }
  return bytes
}
