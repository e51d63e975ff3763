import { Buffer } from 'node:buffer'

const NEWLINE = 0x0a

/** A piece of input and where it begins: a line's number, or an element's position, from 1. */
export interface Piece {
  readonly bytes: Buffer
  readonly place: number
}

/** Cuts a stream of bytes into lines. Blank lines are left out but counted. */
export class LineSplitter {
  #rest: Buffer[] = []
  #line = 0;

  /** The lines that end in this chunk. */
  *push(chunk: Buffer): Generator<Piece> {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield* this.#endLine(chunk.subarray(start, end))
      start = end + 1
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start))
  }

  /** The last line, when it lacks its newline. */
  *end(): Generator<Piece> {
    if (this.#rest.length > 0) yield* this.#endLine(Buffer.alloc(0))
  }

  *#endLine(tail: Buffer): Generator<Piece> {
    const bytes = this.#rest.length === 0 ? tail : Buffer.concat([...this.#rest, tail])
    this.#rest = []
    this.#line += 1
    if (!isBlank(bytes)) yield { bytes, place: this.#line }
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
