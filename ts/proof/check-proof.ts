import type { Transcoder } from '../encoding/transcoder.js'
import { callSite } from '../errors/stack.js'
import type { AnyEncodings, Transcoders } from '../map/map-handle.js'
import { addon } from '../native/addon.js'
import { asyncPages } from '../native/async-pages.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkFlag, checkOptions, invalid } from '../options/check.js'
import { packQuery, type PackedQuery } from '../options/key-query.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { PageReader } from '../packed/page-reader.js'
import { readValue } from './value-link.js'
import type { NativeCursor } from '#native'

/** The options of a verification, whatever the encodings. */
export type AnyVerifyOptions = AnyEncodings & AbortOptions & { readonly allowLinks?: boolean }

/** What a proof of a tree is checked with. */
export interface ProofCheck {
  readonly proof: unknown
  readonly query: unknown
  readonly options: AnyVerifyOptions
  /** The encodings of the options and, for the rest, the usual ones. */
  readonly transcoders: (options: AnyVerifyOptions) => Transcoders
  /** The root hash that it must hold for. */
  readonly rootHash: () => string | Promise<string>
  /** Of the tree that is asked, if any. */
  readonly lifetime?: Lifetime
}

const NAMES = ['keyEncoding', 'valueEncoding', 'allowLinks', 'signal']

/** The answer that a proof of a tree proves, in the shape that the query asks for. */
export async function checkProof(check: ProofCheck): Promise<unknown> {
  const { proof, query, options, lifetime } = check
  checkOptions(options, NAMES)
  const { allowLinks = false, signal } = options
  checkFlag('allowLinks', allowLinks)
  return provenAnswer({
    proof,
    query,
    transcoders: check.transcoders(options),
    verify: async (bytes, native) => addon().verifyProof(await check.rootHash(), bytes, native, allowLinks),
    lifetime,
    signal,
  })
}

/** How the addon verifies a proof, and what the answer is read with. */
export interface Verification {
  readonly proof: unknown
  readonly query: unknown
  readonly transcoders: { readonly keys: Transcoder; readonly values: Transcoder }
  /** Gives records of key, value and link: for keys one for each, without the key. */
  readonly verify: (proof: Uint8Array, query: PackedQuery['native']) => Promise<NativeCursor>
  readonly lifetime?: Lifetime | undefined
  readonly signal: AbortSignal | undefined
}

/** The answer that the addon finds in a proof, in the shape that the query asks for. */
export async function provenAnswer({
  proof,
  query,
  transcoders,
  verify,
  lifetime,
  signal,
}: Verification): Promise<unknown> {
  const site = callSite()
  checkSignal(signal)
  if (!(proof instanceof Uint8Array)) throw invalid('proof', 'a Uint8Array', proof)
  const { native, kind, records } = packQuery(query, transcoders.keys)
  const pages = {
    fields: 3,
    // A query of no keys is checked as well.
    limit: Math.max(1, records),
    open: () => verify(proof, native),
    decode(reader: PageReader) {
      const value = readValue(reader, transcoders.values)
      return kind === 'range' ? [reader.read(0, transcoders.keys), value] : value
    },
    check: () => lifetime?.check(),
  }
  const answer: unknown[] = []
  for await (const part of asyncPages(pages, site, signal)) answer.push(part)
  return kind === 'key' ? answer[0] : answer
}
