import type { Decoded, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { type AnyEncodings, transcodersOf } from '../map/map-handle.js'
import { addon } from '../native/addon.js'
import { checkName, checkOptionalName, checkOptions } from '../options/check.js'
import type { SingleKey } from '../options/key-query.js'
import type { RangeBounds } from '../options/range.js'
import type { AbortOptions } from '../options/signal.js'
import { provenAnswer } from './check-proof.js'
import type { VerifyStoreProofOptions } from './proof-options.js'

const NAMES = ['keyEncoding', 'valueEncoding', 'namespace', 'signal']

/**
 * What a version of a store holds, as a proof proves it to whoever knows the root hash of the version: a commit's, as
 * `Commit.rootHash` and the commit's trailer `Prolly-Root` have it. It needs no store.
 *
 * The root hash must come from a source that is trusted, and the query and the namespace from the one who asks: a proof
 * names none of them. Cost: one pass over the proof, off the event loop, and memory for the answer.
 *
 * @param rootHash - The root hash of the version.
 * @param proof - The bytes that `prove` of a store or a snapshot made for this query and namespace.
 * @param query - A key, an array of keys, or a range; `{}` for every key.
 * @param options - The namespace, encodings, `utf8` where they are left out, and how to give up.
 * @returns Of a key the value, or `undefined`: the version does not have it. Of an array the same for each key. Of a range all
 * entries, in key order. A namespace that is not there has no keys.
 * @throws `InvalidProofError` when the proof does not prove the answer.
 * @example
 * ```ts
 * import { VersionedKvStore, verifyStoreProof } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * store.namespace('prices').insert('pear', '180')
 * await store.commit('Begin', { author: { name: 'Ada', email: 'ada@example.org' } })
 * const { rootHash = '' } = await store.commitInfo()
 *
 * const proof = await store.prove(['pear', 'plum'], { ref: 'HEAD', namespace: 'prices' })
 * const prices = await verifyStoreProof(rootHash, proof, ['pear', 'plum'], { namespace: 'prices' })
 * assert.deepEqual(prices, ['180', undefined])
 * ```
 */
export async function verifyStoreProof<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
  rootHash: string,
  proof: Uint8Array,
  query: SingleKey<Input<Decoded<KE>>>,
  options?: VerifyStoreProofOptions<KE, VE>,
): Promise<Decoded<VE> | undefined>
export async function verifyStoreProof<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
  rootHash: string,
  proof: Uint8Array,
  query: readonly Input<Decoded<KE>>[],
  options?: VerifyStoreProofOptions<KE, VE>,
): Promise<(Decoded<VE> | undefined)[]>
export async function verifyStoreProof<KE extends KeyEncoding = 'utf8', VE extends ValueEncoding = 'utf8'>(
  rootHash: string,
  proof: Uint8Array,
  query: RangeBounds<Input<Decoded<KE>>>,
  options?: VerifyStoreProofOptions<KE, VE>,
): Promise<[key: Decoded<KE>, value: Decoded<VE>][]>
export async function verifyStoreProof(
  rootHash: string,
  proof: Uint8Array,
  query: unknown,
  options: AnyEncodings & AbortOptions & { readonly namespace?: string } = {},
): Promise<unknown> {
  checkName('rootHash', rootHash)
  checkOptions(options, NAMES)
  const { namespace, signal } = options
  checkOptionalName('namespace', namespace)
  return provenAnswer({
    proof,
    query,
    transcoders: transcodersOf(options),
    verify: async (bytes, native) => addon().verifyStoreProof(rootHash, bytes, native, namespace),
    signal,
  })
}
