import { plainBytes, type Transcoder } from '../encoding/transcoder.js'
import { checkFlag, checkLimit, checkOptions, invalid } from './check.js'

/**
 * Which keys, in which order, and how many. All bounds given must hold.
 *
 * @typeParam K - The type of the keys.
 */
export interface RangeOptions<K> {
  /** Keys after this one. */
  readonly gt?: K
  /** This key and those after it. */
  readonly gte?: K
  /** Keys before this one. */
  readonly lt?: K
  /** This key and those before it. */
  readonly lte?: K
  /** Keys whose bytes begin with those of this one. */
  readonly prefix?: K
  /** From the last key to the first. The limit then counts from the last. */
  readonly reverse?: boolean
  /** At most so many. */
  readonly limit?: number
}

/**
 * Bounds of keys, with no order and no limit.
 *
 * @typeParam K - The type of the keys.
 */
export type RangeBounds<K> = Omit<RangeOptions<K>, 'reverse' | 'limit'>

/**
 * The bounds of a range as bytes, for the addon.
 *
 * @internal
 */
export interface PackedRange {
  lower?: Uint8Array
  lowerInclusive: boolean
  upper?: Uint8Array
  upperInclusive: boolean
}

/**
 * A range whose options were checked.
 *
 * @internal
 */
export interface CheckedRange {
  readonly bounds: PackedRange
  readonly reverse: boolean
  /** `Infinity` when there is none. */
  readonly limit: number
}

const BOUNDS = ['gt', 'gte', 'lt', 'lte', 'prefix'] as const

/**
 * The names that the options of a range can have, those of encodings among them.
 *
 * @internal
 */
export const RANGE_NAMES = [...BOUNDS, 'reverse', 'limit', 'keyEncoding', 'valueEncoding'] as const

/**
 * The names that bounds of keys can have, those of encodings among them.
 *
 * @internal
 */
export const BOUNDS_NAMES = [...BOUNDS, 'keyEncoding', 'valueEncoding'] as const

/**
 * Every key.
 *
 * @internal
 */
export const WHOLE_RANGE: CheckedRange = {
  bounds: { lowerInclusive: true, upperInclusive: false },
  reverse: false,
  limit: Infinity,
}

/**
 * Checks the options of a range and packs its bounds.
 *
 * @internal
 */
export function checkRange(
  options: RangeOptions<unknown> | undefined,
  keys: Transcoder,
  names: readonly string[] = RANGE_NAMES,
): CheckedRange {
  if (options === undefined) return WHOLE_RANGE
  checkOptions(options, names)
  checkFlag('reverse', options.reverse)
  checkLimit('limit', options.limit)
  const bounds: PackedRange = { lowerInclusive: true, upperInclusive: false }
  for (const name of BOUNDS) {
    if (!(name in options)) continue
    const value = options[name]
    // An undefined bound is a variable nobody set, more often than a wish for every key.
    if (value === undefined) throw invalid(name, 'a key: leave it out for no bound', value)
    const bytes = plainBytes(keys.plain(value, name), name)
    if (name === 'prefix') {
      raise(bounds, bytes, true)
      const end = afterPrefix(bytes)
      if (end) lower(bounds, end, false)
    } else if (name === 'gt' || name === 'gte') raise(bounds, bytes, name === 'gte')
    else lower(bounds, bytes, name === 'lte')
  }
  return { bounds, reverse: options.reverse ?? false, limit: options.limit ?? Infinity }
}

/**
 * As {@link checkRange}, for the range of a deletion, which must be given.
 *
 * @internal
 */
export function checkDeletedRange(
  range: RangeBounds<unknown> | undefined,
  keys: Transcoder,
  names: readonly string[],
): PackedRange {
  if (range === undefined) throw invalid('range', 'an object, {} for every key', range)
  return checkRange(range, keys, names).bounds
}

function raise(bounds: PackedRange, bytes: Uint8Array, inclusive: boolean): void {
  const order = bounds.lower ? Buffer.compare(bytes, bounds.lower) : 1
  if (order < 0) return
  bounds.lowerInclusive = order === 0 ? bounds.lowerInclusive && inclusive : inclusive
  bounds.lower = bytes
}

function lower(bounds: PackedRange, bytes: Uint8Array, inclusive: boolean): void {
  const order = bounds.upper ? Buffer.compare(bytes, bounds.upper) : -1
  if (order > 0) return
  bounds.upperInclusive = order === 0 ? bounds.upperInclusive && inclusive : inclusive
  bounds.upper = bytes
}

/** The least key after all that begin with `prefix`; `undefined` when none is: bytes of 255 only. */
function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length
  while (length > 0 && prefix[length - 1] === 0xff) length--
  if (length === 0) return undefined
  const end = Uint8Array.from(prefix.subarray(0, length))
  end[length - 1] = (end[length - 1] ?? 0) + 1
  return end
}
