import { Buffer } from 'node:buffer'
import { CommandError } from '../errors.js'
import type { Piece } from './line-splitter.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Cuts a JSON array that arrives in chunks into the texts of its elements.
 *
 * Only the array itself is read here: which brackets are open, and what is inside a string. Whether an element is
 * valid JSON is found when it is parsed, and its text reaches the caller as it was written.
 */
export class ArraySplitter {
  /** Open brackets and braces: 0 before and after the array, 1 between its elements. */
  #depth = 0
  #inString = false
  #escaped = false
  #finished = false
  #place = 0
  /** The earlier chunks of the element that is being read. */
  #rest: Buffer[] = [];

  /** The elements that end in this chunk. */
  *push(chunk: Buffer): Generator<Piece> {
    let start = this.#depth === 0 ? chunk.length : 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
        continue
      }
      if (this.#depth === 0) {
        if (this.#outside(byte)) start = at + 1
        continue
      }
      if (byte === QUOTE) this.#inString = true
      else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) this.#depth += 1
      else if (this.#depth > 1) {
        if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) this.#depth -= 1
      } else if (byte === COMMA || byte === CLOSE_BRACKET) {
        yield* this.#element(chunk.subarray(start, at), byte === CLOSE_BRACKET)
        start = at + 1
      }
    }
    if (this.#depth > 0 && start < chunk.length) this.#rest.push(chunk.subarray(start))
  }

  /**
   * Ends the input.
   *
   * @throws CommandError when the array is not closed.
   */
  end(): void {
    if (this.#finished) return
    throw new CommandError(
      this.#depth === 0
        ? 'the input is no JSON array'
        : `the JSON array is cut off after record ${this.#place}`,
    )
  }

  /** Reads a byte before or after the array; true when it opens the array. */
  #outside(byte: number | undefined): boolean {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) return false
    if (this.#finished) throw new CommandError(`the input goes on after the JSON array's end`)
    if (byte !== OPEN_BRACKET) throw new CommandError('the input is no JSON array')
    this.#depth = 1
    return true
  }

  *#element(tail: Buffer, last: boolean): Generator<Piece> {
    const bytes = this.#rest.length === 0 ? tail : Buffer.concat([...this.#rest, tail])
    this.#rest = []
    if (last) {
      this.#depth = 0
      this.#finished = true
      // `[]` has no element; `[1,]` has an empty one, which is an error.
      if (this.#place === 0 && bytes.toString('latin1').trim() === '') return
    }
    this.#place += 1
    yield { bytes, place: this.#place }
  }
}
