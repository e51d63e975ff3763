import type { Codec } from './codec.js'

/**
 * An encoding as the rest of the library uses it: into memory at hand where that is possible, out of memory that will
 * be used again.
 */
export interface Transcoder<T = unknown> {
  /** Names the encoding in messages. */
  readonly name: string
  /**
   * Writes the bytes of `value` at `offset`.
   *
   * @returns How many, or -1 when {@link Transcoder.encode} must be asked: no room, or a value it will refuse.
   */
  write(value: T, target: Buffer, offset: number): number
  /**
   * The bytes of `value`.
   *
   * @param argument - What the value is called in the message when it is refused.
   */
  encode(value: T, argument: string): Uint8Array
  /** The value of the bytes from `start` to `end`, which it copies. */
  decode(bytes: Buffer, start: number, end: number): T
}

/** A codec of the user as a transcoder. Faults of the codec pass through as they are. */
export function codecTranscoder<T>(codec: Codec<T>, refuse: (value: unknown, reason: string) => Error): Transcoder<T> {
  const encode = (value: T): Uint8Array => {
    const bytes: unknown = codec.encode(value)
    if (bytes instanceof Uint8Array) return bytes
    throw refuse(bytes, `codec '${codec.name}' must encode to a Uint8Array`)
  }
  return {
    name: codec.name,
    write(value, target, offset) {
      const bytes = encode(value)
      if (offset + bytes.length > target.length) return -1
      target.set(bytes, offset)
      return bytes.length
    },
    encode,
    decode(bytes, start, end) {
      const copy = Buffer.allocUnsafeSlow(end - start)
      bytes.copy(copy, 0, start, end)
      return codec.decode(copy)
    },
  }
}
