import { plainBytes } from '../encoding/transcoder.js'
import type { AnyEncodings, MapHandle, Transcoders } from '../map/map-handle.js'
import { now } from '../native/call.js'
import { invalid } from '../options/check.js'
import { PageReader } from '../packed/page-reader.js'
import { readValue } from '../proof/value-link.js'
import type { ValueLink } from '../proof/value-link.js'
import type { NativeLeaf, NativeTreeQueries } from '#native'

/** A node on the way from the root of a tree to a leaf. */
export interface TreePathNode {
  /** Its hash: 64 hexadecimal digits. */
  readonly hash: string
  /** Its height above the leaves, which are level 0. */
  readonly level: number
  /** Which child of its parent it is, counted from 0; 0 for the root. */
  readonly position: number
  /** How many children it has, or a leaf entries. */
  readonly length: number
  /** Entries in all leaves at and below it. */
  readonly entries: number
  /** Bytes of the node. */
  readonly bytes: number
  /** Whether it ends at a natural boundary; otherwise it ends at a cut, or its level ends with it. */
  readonly natural: boolean
}

/**
 * The leaf around a key, and where it stands in its tree.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export interface TreeLeaf<K, V> {
  /** The nodes from the root, first, to the leaf, last. */
  readonly path: readonly TreePathNode[]
  /** The entries of the leaf, in key order. Values that are kept outside it are not read: their links stand for them. */
  readonly entries: readonly (readonly [key: K, value: V | ValueLink])[]
  /** Whether the key is among them. */
  readonly found: boolean
  /** Which of them has the key; when none has, the first whose key is greater, or how many there are. */
  readonly index: number
  /** How many keys of the tree are less than the key. */
  readonly rank: number
  /** The last key of the leaf before this one: only greater keys belong here. Left out in the first leaf. */
  readonly above?: K
}

/**
 * How many keys are less than a key.
 *
 * @internal
 */
export function rankOf(
  handle: MapHandle,
  native: NativeTreeQueries,
  key: unknown,
  options: AnyEncodings | undefined,
): number {
  const bytes = keyBytes(key, handle.onlyTranscoders(options))
  handle.checkNow('promises.rank')
  return now(() => native.rank(bytes))
}

/**
 * The entry that so many keys are less than.
 *
 * @internal
 */
export function entryAt<K, V>(
  handle: MapHandle,
  native: NativeTreeQueries,
  index: unknown,
  options: AnyEncodings | undefined,
): [key: K, value: V] | undefined {
  const transcoders = handle.onlyTranscoders(options)
  checkIndex(index)
  handle.checkNow('promises.nth')
  return entryOf(
    now(() => native.nth(index)),
    transcoders,
  )
}

/**
 * The leaf around a key.
 *
 * @internal
 */
export function leafAround<K, V>(
  handle: MapHandle,
  native: NativeTreeQueries,
  key: unknown,
  options: AnyEncodings | undefined,
): TreeLeaf<K, V> {
  const transcoders = handle.onlyTranscoders(options)
  const bytes = keyBytes(key, transcoders)
  handle.checkNow('promises.find')
  return leafOf(
    now(() => native.find(bytes)),
    transcoders,
  )
}

/**
 * Refuses an index that no entry can have.
 *
 * @internal
 */
export function checkIndex(index: unknown): asserts index is number {
  if (!Number.isSafeInteger(index) || (index as number) < 0) {
    throw invalid('index', 'a whole number from 0 on', index)
  }
}

/**
 * The entry of a page, if it has one.
 *
 * @internal
 */
export function entryOf<K, V>(
  page: Uint8Array,
  { keys, values }: Transcoders,
): [key: K, value: V] | undefined {
  const reader = readerOf(2, page)
  return reader.advance() ? [reader.read(0, keys) as K, reader.read(1, values) as V] : undefined
}

/**
 * A leaf of the addon, decoded.
 *
 * @internal
 */
export function leafOf<K, V>(native: NativeLeaf, { keys, values }: Transcoders): TreeLeaf<K, V> {
  const { path, entries: page, found, index, rank, above } = native
  const reader = readerOf(3, page)
  const entries: [K, V | ValueLink][] = []
  while (reader.advance()) {
    entries.push([reader.read(0, keys) as K, readValue(reader, values) as V | ValueLink])
  }
  const leaf = { path, entries, found, index, rank }
  if (above === undefined) return leaf
  return { ...leaf, above: keys.decode(bufferOf(above), 0, above.length) as K }
}

/**
 * The bytes of a key.
 *
 * @internal
 */
export function keyBytes(key: unknown, { keys }: Transcoders): Uint8Array {
  return plainBytes(keys.plain(key, 'key'), 'key')
}

function readerOf(fields: number, page: Uint8Array): PageReader {
  const reader = new PageReader(fields)
  reader.open(bufferOf(page))
  return reader
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
