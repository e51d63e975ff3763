import { Buffer, isUtf8 } from 'node:buffer'
import { CommandError } from '../errors.js'
import { toJsonBytes, toText } from '../text.js'
import { compactJson } from './compact-json.js'
import { asFields, JsonRecord } from './json-record.js'
import { recordKey } from './record-key.js'

/** An entry as the text of a JSON object that `import` reads back. */
export type EntryText = (key: Buffer, value: Buffer) => string

/** `{"key": …, "value": …}`, which holds any bytes. */
export const plainText: EntryText = (key, value) =>
  JSON.stringify({ key: toJsonBytes(key), value: toJsonBytes(value) })

/**
 * The value itself, for values that are records.
 *
 * It throws a CommandError when `import --key` with the same fields would not give the entry back.
 */
export function recordText(keyFields: readonly string[]): EntryText {
  return (key, value) => {
    const text = isUtf8(value) ? value.toString('utf8') : ''
    const fields = parseFields(text)
    if (fields === undefined) throw notExportable(key, 'its value is no compact JSON object')
    const made = madeKey(key, new JsonRecord(value, 0, fields), keyFields)
    if (!key.equals(Buffer.from(made))) {
      throw notExportable(key, `--key ${keyFields.join(',')} makes the key "${made}" of its record`)
    }
    return text
  }
}

/** The error for an entry that would not come back. */
export function notExportable(key: Uint8Array, reason: string): CommandError {
  return new CommandError(`the entry ${toText(key)} cannot be exported like this: ${reason}`, {
    hint: 'NDJSON and JSON without --key hold any entry',
  })
}

function madeKey(key: Buffer, record: JsonRecord, keyFields: readonly string[]): string {
  try {
    return recordKey(record, keyFields)
  } catch (error) {
    throw error instanceof CommandError ? notExportable(key, error.message) : error
  }
}

/** The fields of a record, or undefined when the text is no compact JSON object. */
function parseFields(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return compactJson(text) === text ? asFields(JSON.parse(text)) : undefined
  } catch {
    return undefined
  }
}
