import type { Decoded, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { transcodersOf } from '../map/map-handle.js'
import { checkName } from '../options/check.js'
import { type AnyVerifyOptions, checkProof } from './check-proof.js'
import type { Proven, VerifyProofOptions } from './proof-options.js'
import type { SingleKey } from '../options/key-query.js'
import type { RangeBounds } from '../options/range.js'

/**
 * What a tree holds, as a proof proves it to whoever knows the root hash of the tree. It needs no storage: the proof has
 * all that is looked at, and every byte of it is checked.
 *
 * The root hash must come from a source that is trusted, and the query from the one who asks: a proof names neither.
 * Cost: one pass over the proof, off the event loop, and memory for the answer.
 *
 * @param rootHash - The hash of the tree's root.
 * @param proof - The bytes that `generateProof` made for this query.
 * @param query - A key, an array of keys, or a range; `{}` for every key.
 * @param options - Encodings, `utf8` where they are left out, whether links are allowed, and how to give up.
 * @returns Of a key the value, or `undefined`: the tree does not have it. Of an array the same for each key. Of a range all
 * entries, in key order.
 * @throws `InvalidProofError` when the proof does not prove the answer.
 * @example
 * ```ts
 * import { InvalidProofError, ProllyTree, verifyProof } from 'prollytree'
 *
 * using tree = ProllyTree.create()
 * tree.insertBatch([['a', '1'], ['b', '2'], ['c', '3']])
 * const rootHash = await tree.rootHash()
 *
 * const proof = await tree.generateProof('b')
 * assert.equal(await verifyProof(rootHash, proof, 'b'), '2')
 * const absence = await tree.generateProof(['a', 'x'])
 * assert.deepEqual(await verifyProof(rootHash, absence, ['a', 'x']), ['1', undefined])
 * const range = await tree.generateProof({ gte: 'b' })
 * assert.deepEqual(await verifyProof(rootHash, range, { gte: 'b' }), [['b', '2'], ['c', '3']])
 *
 * proof[proof.length - 1]! ^= 1
 * await assert.rejects(verifyProof(rootHash, proof, 'b'), InvalidProofError)
 * ```
 */
export async function verifyProof<
  KE extends KeyEncoding = 'utf8',
  VE extends ValueEncoding = 'utf8',
  L extends boolean = false,
>(
  rootHash: string,
  proof: Uint8Array,
  query: SingleKey<Input<Decoded<KE>>>,
  options?: VerifyProofOptions<KE, VE, L>,
): Promise<Proven<Decoded<VE>, L> | undefined>
export async function verifyProof<
  KE extends KeyEncoding = 'utf8',
  VE extends ValueEncoding = 'utf8',
  L extends boolean = false,
>(
  rootHash: string,
  proof: Uint8Array,
  query: readonly Input<Decoded<KE>>[],
  options?: VerifyProofOptions<KE, VE, L>,
): Promise<(Proven<Decoded<VE>, L> | undefined)[]>
export async function verifyProof<
  KE extends KeyEncoding = 'utf8',
  VE extends ValueEncoding = 'utf8',
  L extends boolean = false,
>(
  rootHash: string,
  proof: Uint8Array,
  query: RangeBounds<Input<Decoded<KE>>>,
  options?: VerifyProofOptions<KE, VE, L>,
): Promise<[key: Decoded<KE>, value: Proven<Decoded<VE>, L>][]>
export async function verifyProof(
  rootHash: string,
  proof: Uint8Array,
  query: unknown,
  options: AnyVerifyOptions = {},
): Promise<unknown> {
  checkName('rootHash', rootHash)
  return checkProof({ proof, query, options, transcoders: transcodersOf, rootHash: () => rootHash })
}
