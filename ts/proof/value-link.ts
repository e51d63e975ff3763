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
 * The link that a field of a record holds: the length, then the hash.
 *
 * @internal
 */
export function linkOf(field: Buffer): ValueLink {
  return new ValueLink(field.readUInt32LE(0), field.toString('hex', 4))
}
