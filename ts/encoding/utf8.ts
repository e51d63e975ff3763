import { isUtf8 } from 'node:buffer'
import { ProllyError } from '../errors/prolly-error.js'

/** What a `Buffer` can do that its typings do not say: without checks of the arguments. */
interface Utf8Memory {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
  /** Writes as much of the text as fits, and returns how many bytes. */
  utf8Write(text: string, offset: number): number
}

/** Strings up to this many characters are written by a loop, which is faster than a call into Node.js. */
const SHORT = 48

/**
 * Writes `text` as UTF-8 at `offset`.
 *
 * @returns How many bytes were written, or -1 when they did not fit or `text` is not well-formed.
 */
export function writeText(text: string, target: Buffer, offset: number): number {
  const length = text.length
  if (offset + length > target.length) return -1
  if (length <= SHORT) {
    let at = 0
    for (; at < length; at++) {
      const unit = text.charCodeAt(at)
      if (unit >= 0x80) break
      target[offset + at] = unit
    }
    if (at === length) return length
  }
  if (offset + 3 * length > target.length && offset + Buffer.byteLength(text) > target.length) return -1
  const written = (target as Buffer & Utf8Memory).utf8Write(text, offset)
  // Only text beyond ASCII can hold a lone surrogate, which UTF-8 cannot express.
  return written === length || text.isWellFormed() ? written : -1
}

/**
 * The text of the bytes from `start` to `end`.
 *
 * @throws {@link ProllyError} `PROLLY_DECODE_ERROR` when they are not UTF-8: wrong text is never made up.
 */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  if (end - start <= SHORT && isAscii(bytes, start, end)) {
    return (bytes as Buffer & Utf8Memory).latin1Slice(start, end)
  }
  const text = (bytes as Buffer & Utf8Memory).utf8Slice(start, end)
  // A replacement character was stored as such, or stands for bytes that are not UTF-8: only then look again.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) {
    throw new ProllyError(
      'PROLLY_DECODE_ERROR',
      "stored bytes are not UTF-8: read them with the encoding 'buffer' or 'view'",
    )
  }
  return text
}

/** For short text: looking at each byte and taking all as they are is faster than to decode them. */
function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) >= 0x80) return false
  return true
}
