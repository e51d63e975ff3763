import type { KeyEncoding } from '../encoding/encoding.js'
import type { MapHandle } from '../map/map-handle.js'
import { read } from '../native/call.js'
import { checkFlag, checkOptions } from '../options/check.js'
import type { GenerateProofOptions } from './proof-options.js'
import { packQuery } from '../options/key-query.js'
import type { NativeTreeQueries } from '#native'

const NAMES = ['keyEncoding', 'linksOnly', 'signal']

/** The bytes that prove the answer to a query. */
export async function generateProof(
  handle: MapHandle,
  native: NativeTreeQueries,
  query: unknown,
  options: GenerateProofOptions<KeyEncoding | undefined>,
): Promise<Buffer> {
  checkOptions(options, NAMES)
  const { linksOnly = false, signal } = options
  checkFlag('linksOnly', linksOnly)
  const packed = packQuery(query, handle.transcoders(options).keys)
  const proof = await read(handle.lifetime, signal, () => native.prove(packed.native, linksOnly))
  return Buffer.from(proof.buffer, proof.byteOffset, proof.byteLength)
}
