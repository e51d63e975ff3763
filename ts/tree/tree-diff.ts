import type { EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { callSite } from '../errors/stack.js'
import type { MapHandle } from '../map/map-handle.js'
import { asyncPages } from '../native/async-pages.js'
import { AsyncSequence } from '../native/async-sequence.js'
import type { PageSource } from '../native/page-source.js'
import { checkRange, type PackedRange, type RangeOptions } from '../options/range.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { Change } from '../store/change.js'
import { decodeChange } from '../store/decode.js'

/**
 * What a diff of trees is limited to.
 *
 * @typeParam K - The type of the keys.
 */
export interface TreeDiffOptions<K> extends Omit<RangeOptions<K>, 'reverse'>, AbortOptions {}

const NAMES = ['gt', 'gte', 'lt', 'lte', 'prefix', 'limit', 'signal', 'keyEncoding', 'valueEncoding']

/**
 * The changes that `open` walks over.
 *
 * @internal
 */
export function treeDiff<K, V>(
  handle: MapHandle,
  options: TreeDiffOptions<unknown> & EncodingOptions<KeyEncoding | undefined, ValueEncoding | undefined>,
  open: (bounds: PackedRange) => PageSource | Promise<PageSource>,
): AsyncSequence<Change<K, V>> {
  const site = callSite()
  const transcoders = handle.transcoders(options)
  const { bounds, limit } = checkRange(options, transcoders.keys, NAMES)
  checkSignal(options.signal)
  handle.lifetime.check()
  const pages = {
    fields: 4,
    limit,
    open: () => open(bounds),
    decode: decodeChange<K, V>(transcoders),
    check: () => handle.lifetime.check(),
  }
  return new AsyncSequence(asyncPages(pages, site, options.signal))
}
