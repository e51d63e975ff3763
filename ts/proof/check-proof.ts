import { callSite } from '../errors/stack.js'
import type { AnyEncodings, Transcoders } from '../map/map-handle.js'
import { addon } from '../native/addon.js'
import { asyncPages } from '../native/async-pages.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkFlag, checkOptions, invalid } from '../options/check.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { PageReader } from '../packed/page-reader.js'
import { packQuery } from '../options/key-query.js'
import { readValue } from './value-link.js'

/** The options of a verification, whatever the encodings. */
export type AnyVerifyOptions = AnyEncodings & AbortOptions & { readonly allowLinks?: boolean }

/** What a proof is checked with. */
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

/** The answer that a proof proves, in the shape that the query asks for. */
export async function checkProof(check: ProofCheck): Promise<unknown> {
  const site = callSite()
  const { proof, query, options, lifetime } = check
  checkOptions(options, NAMES)
  const { allowLinks = false, signal } = options
  checkFlag('allowLinks', allowLinks)
  checkSignal(signal)
  if (!(proof instanceof Uint8Array)) throw invalid('proof', 'a Uint8Array', proof)
  const transcoders = check.transcoders(options)
  const { native, kind, records } = packQuery(query, transcoders.keys)
  const pages = {
    fields: 3,
    // A query of no keys is checked as well.
    limit: Math.max(1, records),
    open: async () => addon().verifyProof(await check.rootHash(), proof, native, allowLinks),
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
