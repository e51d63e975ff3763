import type { EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import type { AbortOptions } from '../options/signal.js'
import type { ValueLink } from './value-link.js'

/**
 * How to make a proof.
 *
 * @typeParam KE - The encoding of keys.
 */
export interface GenerateProofOptions<KE extends KeyEncoding | undefined = undefined> extends AbortOptions {
  /** The encoding of the keys of the query. */
  readonly keyEncoding?: KE
  /**
   * Leave the bytes of values out that are kept outside their leaf: their lengths and hashes are proven. Whoever
   * verifies the proof must allow it.
   */
  readonly linksOnly?: boolean
}

/**
 * How to verify a proof.
 *
 * @typeParam KE - The encoding of keys.
 * @typeParam VE - The encoding of values.
 * @typeParam L - Whether a proof may leave bytes of values out.
 */
export interface VerifyProofOptions<
  KE extends KeyEncoding | undefined = undefined,
  VE extends ValueEncoding | undefined = undefined,
  L extends boolean = false,
>
  extends EncodingOptions<KE, VE>, AbortOptions {
  /** Accept a proof that leaves the bytes of long values out: the answer has a `ValueLink` for each of them. */
  readonly allowLinks?: L
}

/**
 * How to make a proof of a version of a store.
 *
 * @typeParam KE - The encoding of keys.
 */
export interface ProveOptions<KE extends KeyEncoding | undefined = undefined> extends AbortOptions {
  /** A named namespace; the default one when it is left out. */
  readonly namespace?: string
  /** The encoding of the keys of the query. */
  readonly keyEncoding?: KE
}

/**
 * How to verify a proof of a version of a store.
 *
 * @typeParam KE - The encoding of keys.
 * @typeParam VE - The encoding of values.
 */
export interface VerifyStoreProofOptions<
  KE extends KeyEncoding | undefined = undefined,
  VE extends ValueEncoding | undefined = undefined,
>
  extends EncodingOptions<KE, VE>, AbortOptions {
  /** The named namespace that is asked about; the default one when it is left out. */
  readonly namespace?: string
}

/**
 * A value of an answer: a link too, where links are allowed.
 *
 * @typeParam V - The type of the values.
 * @typeParam L - Whether a proof may leave bytes of values out.
 */
export type Proven<V, L extends boolean> = V | (L extends true ? ValueLink : never)
