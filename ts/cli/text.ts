import { Buffer, isUtf8 } from 'node:buffer'
import { usageError } from './errors.js'

/** Bytes in JSON: a string when they are UTF-8, else their base64. */
export type JsonBytes = string | { base64: string }

/** How keys and values given as arguments are spelled. */
export interface ArgumentEncoding {
  readonly hex?: boolean | undefined
  readonly base64?: boolean | undefined
}

/** Bytes as `--format json` prints them: nothing is lost, and the usual case reads well. */
export function toJsonBytes(bytes: Uint8Array): JsonBytes {
  const buffer = asBuffer(bytes)
  return isUtf8(buffer) ? buffer.toString('utf8') : { base64: buffer.toString('base64') }
}

/**
 * The bytes that `toJsonBytes` printed, or undefined when the value is neither a string nor an
 * object with the one field `base64` in canonical base64.
 */
export function fromJsonBytes(value: unknown): Buffer | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? Buffer.from(value) : undefined
  if (typeof value !== 'object' || value === null || !('base64' in value)) return undefined
  if (Object.keys(value).length !== 1 || typeof value.base64 !== 'string') return undefined
  const bytes = Buffer.from(value.base64, 'base64')
  return bytes.toString('base64') === value.base64 ? bytes : undefined
}

// Control characters (C0, DEL and C1) could move a terminal's cursor; a text that begins with a
// quote would read as a quoted one.
// oxlint-disable-next-line no-control-regex
const NEEDS_QUOTES = /[\u0000-\u001f\u007f-\u009f]|^"/

/**
 * Bytes as one line of text: as they are when they are printable UTF-8, else in double quotes with
 * C escapes, as Git prints unusual file names.
 */
export function toText(bytes: Uint8Array): string {
  const buffer = asBuffer(bytes)
  if (!isUtf8(buffer)) return quote(buffer)
  const text = buffer.toString('utf8')
  return NEEDS_QUOTES.test(text) ? quote(buffer) : text
}

const ESCAPES: Readonly<Record<number, string>> = {
  0x07: '\\a',
  0x08: '\\b',
  0x09: '\\t',
  0x0a: '\\n',
  0x0b: '\\v',
  0x0c: '\\f',
  0x0d: '\\r',
  0x22: '\\"',
  0x5c: '\\\\',
}

function quote(bytes: Buffer): string {
  let text = '"'
  for (const byte of bytes) {
    const escape = ESCAPES[byte]
    if (escape !== undefined) text += escape
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else text += `\\${byte.toString(8).padStart(3, '0')}`
  }
  return `${text}"`
}

/** The bytes of a key or value given as an argument. */
export function fromArgument(text: string, encoding: ArgumentEncoding): Buffer {
  if (encoding.hex && encoding.base64) throw usageError('--hex and --base64 exclude each other')
  if (encoding.hex) {
    if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) {
      throw usageError(`"${text}" is not hexadecimal`)
    }
    return Buffer.from(text, 'hex')
  }
  if (encoding.base64) {
    const bytes = Buffer.from(text, 'base64')
    if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
      throw usageError(`"${text}" is not base64`)
    }
    return bytes
  }
  // The runtime decodes arguments as UTF-8 and puts U+FFFD where they were not.
  if (text.includes('\u{fffd}')) {
    throw usageError(
      'an argument is not UTF-8, or holds the replacement character U+FFFD',
      'give binary keys and values with --hex or --base64',
    )
  }
  return Buffer.from(text, 'utf8')
}

function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
