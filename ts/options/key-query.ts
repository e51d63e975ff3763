import type { Transcoder } from '../encoding/transcoder.js'
import { packKey, packKeys } from '../map/pack.js'
import { checkRange, type PackedRange, type RangeBounds } from './range.js'

/**
 * A key as a query of its own. One that is an object, as a codec can have it, goes into an array of one.
 *
 * @typeParam K - The type of the keys.
 */
export type SingleKey<K> = K extends Uint8Array ? K : K extends object ? never : K

/**
 * Which keys something is asked about: a key, an array of keys, or a range; `{}` for every key.
 *
 * @typeParam K - The type of the keys.
 */
export type KeyQuery<K> = SingleKey<K> | readonly K[] | RangeBounds<K>

const RANGE_NAMES = ['gt', 'gte', 'lt', 'lte', 'prefix']

/**
 * A query as the addon takes it, and how the answer looks.
 *
 * @internal
 */
export interface PackedQuery {
  /** A page of keys, or a range. */
  readonly native: Uint8Array | PackedRange
  readonly kind: 'key' | 'keys' | 'range'
  /** How many records the answer has; `Infinity` when only the proof tells. */
  readonly records: number
}

/**
 * Checks a query and packs it.
 *
 * @internal
 */
export function packQuery(query: unknown, keys: Transcoder): PackedQuery {
  if (Array.isArray(query)) {
    return { native: packKeys(query, keys), kind: 'keys', records: query.length }
  }
  if (typeof query === 'object' && query !== null && !(query instanceof Uint8Array)) {
    return { native: checkRange(query, keys, RANGE_NAMES).bounds, kind: 'range', records: Infinity }
  }
  return { native: packKey(query, keys), kind: 'key', records: 1 }
}
