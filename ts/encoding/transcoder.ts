import { invalid } from '../options/check.js'
import { writeText } from './utf8.js'

/** What a value is before it becomes bytes in memory at hand: text is written without a copy in between. */
export type Plain = string | Uint8Array

/** An encoding as the rest of the library uses it. */
export interface Transcoder<T = unknown> {
  /** Names the encoding in messages. */
  readonly name: string
  /**
   * The text or bytes of `value`. It may run code of the user, so no shared memory may be in use meanwhile.
   *
   * @param argument - What the value is called in the message when it is refused.
   */
  plain(value: T, argument: string): Plain
  /** The value of the bytes from `start` to `end`, which it copies. */
  decode(bytes: Buffer, start: number, end: number): T
}

/**
 * Writes `plain` at `offset`.
 *
 * @returns How many bytes, or -1 when {@link plainBytes} must be asked: no room, or text that it will refuse.
 */
export function writePlain(plain: Plain, target: Buffer, offset: number): number {
  if (typeof plain === 'string') return writeText(plain, target, offset)
  if (offset + plain.length > target.length) return -1
  target.set(plain, offset)
  return plain.length
}

/** The bytes of `plain`. */
export function plainBytes(plain: Plain, argument: string): Uint8Array {
  if (typeof plain !== 'string') return plain
  if (!plain.isWellFormed()) throw invalid(argument, 'text without lone surrogates', plain)
  return Buffer.from(plain, 'utf8')
}
