import type { Transcoder } from '../encoding/transcoder.js'
import { keyTranscoder } from '../encoding/transcoders.js'
import type { PageReader } from '../packed/page-reader.js'

/**
 * Stands for a value that is kept outside its leaf, where its bytes were not asked for: what the leaf says of it. Equal
 * values have equal links, so it suffices to compare them.
 */
export class ValueLink {
  /** Bytes of the value. */
  readonly length: number
  /** The hash of the node that holds the value, or lists its chunks: 64 hexadecimal digits. */
  readonly hash: string

  /** @internal */
  constructor(length: number, hash: string) {
    this.length = length
    this.hash = hash
  }
}

/**
 * The value of a record of key, value and link: the decoded value, or the link where there is one.
 *
 * @internal
 */
export function readValue(reader: PageReader, values: Transcoder): unknown {
  if (!reader.has(2)) return reader.read(1, values)
  const link = reader.read(2, keyTranscoder('buffer')) as Buffer
  // The length of the value, then the hash.
  return new ValueLink(link.readUInt32LE(0), link.toString('hex', 4))
}
