import type { Transcoder } from '../encoding/transcoder.js'
import type { Transcoders } from '../map/map-handle.js'
import type { PageReader } from '../packed/page-reader.js'
import type { Change } from './change.js'
import { commitOf } from './commit.js'
import type { MergeConflict, RowConflict } from './merge-conflict.js'
import type { HistoryEntry } from './store-history.js'
import type { NativeHistoryEntry } from '#native'

/** Reads changes: records of namespace, key, old value and new value. */
export function decodeChange<K, V>({ keys, values }: Transcoders): (reader: PageReader) => Change<K, V> {
  return (reader) => {
    const namespace = namespaceOf(reader, 0)
    const key = reader.read(1, keys) as K
    const oldValue = reader.read(2, values) as V
    const newValue = reader.read(3, values) as V
    if (!reader.has(2)) return { type: 'added', ...namespace, key, newValue }
    if (!reader.has(3)) return { type: 'removed', ...namespace, key, oldValue }
    return { type: 'modified', ...namespace, key, oldValue, newValue }
  }
}

/** Reads what a commit did to a key. */
export function decodeHistory<K, V>({
  keys,
  values,
}: Transcoders): (entry: NativeHistoryEntry) => HistoryEntry<K, V> {
  return ({ commit: native, key: bytes, oldValue: before, newValue: after }) => {
    const commit = commitOf(native)
    const key = decode(keys, bytes) as K
    const newValue = after && (decode(values, after) as V)
    if (before === undefined) return { commit, type: 'added', key, newValue: newValue as V }
    const oldValue = decode(values, before) as V
    if (after === undefined) return { commit, type: 'removed', key, oldValue }
    return { commit, type: 'modified', key, oldValue, newValue: newValue as V }
  }
}

/** Reads a conflict about a row: a record as {@link decodeConflict} reads. */
export function decodeRowConflict(reader: PageReader): RowConflict {
  return { table: reader.text(0), key: reader.text(2) }
}

/** Reads a conflict about a key: a record of table, which it has not, namespace, key, base, destination and source. */
export function decodeConflict<K, V>(reader: PageReader, { keys, values }: Transcoders): MergeConflict<K, V> {
  return {
    ...namespaceOf(reader, 1),
    key: reader.read(2, keys) as K,
    ...(reader.has(3) && { base: reader.read(3, values) as V }),
    ...(reader.has(4) && { destination: reader.read(4, values) as V }),
    ...(reader.has(5) && { source: reader.read(5, values) as V }),
  }
}

function namespaceOf(reader: PageReader, field: number): { namespace?: string } {
  return reader.has(field) ? { namespace: reader.text(field) } : {}
}

function decode(transcoder: Transcoder, bytes: Buffer): unknown {
  return transcoder.decode(bytes, 0, bytes.length)
}
