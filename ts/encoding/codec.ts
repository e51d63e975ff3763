/**
 * An encoding of your own: how values of type `T` become bytes and come back.
 *
 * As an encoding of keys it also decides their order, since keys are ordered by their bytes: numbers, say, need a
 * codec that writes them big-endian. Equal values must give equal bytes.
 *
 * @example
 * ```ts
 * import { type Codec, VersionedKvStore } from 'prollytree'
 *
 * const uint32: Codec<number> = {
 *   name: 'uint32',
 *   encode(value) {
 *     const bytes = Buffer.alloc(4)
 *     bytes.writeUInt32BE(value)
 *     return bytes
 *   },
 *   decode: (bytes) => Buffer.from(bytes).readUInt32BE(),
 * }
 * await using store = await VersionedKvStore.memory({ keyEncoding: uint32 })
 * store.insert(10, 'ten')
 * store.insert(9, 'nine')
 * assert.deepEqual([...store.keys()], [9, 10])
 * ```
 */
export interface Codec<T> {
  /** Names the encoding in messages. */
  readonly name: string
  /** The bytes of `value`. They are copied before `encode` is called again. */
  encode(value: T): Uint8Array
  /** The value of `bytes`. The bytes are the callee's own: it may keep them. */
  decode(bytes: Uint8Array): T
}
