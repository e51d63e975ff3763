// What Node.js 20 has, and its typings or those of ES2023 lack.

interface String {
  /** Whether the string has no lone surrogates. */
  isWellFormed(): boolean
}

declare module 'node:buffer' {
  global {
    interface Buffer {
      /** The text of the UTF-8 bytes from `start` to `end`, without checks of its arguments. */
      utf8Slice(start: number, end: number): string
      /** Writes `text` as UTF-8 at `offset`, as much of it as fits, and returns the bytes written. */
      utf8Write(text: string, offset: number): number
    }
  }
}
