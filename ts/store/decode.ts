import type { Transcoders } from '../map/map-handle.js'
import type { PageReader } from '../packed/page-reader.js'
import type { Change } from './change.js'
import type { MergeConflict } from './merge-conflict.js'

/** Reads changes: records of namespace, key, old value and new value. */
export function decodeChange<K, V>({ keys, values }: Transcoders): (reader: PageReader) => Change<K, V> {
  return (reader) => {
    const namespace = namespaceOf(reader)
    const key = reader.read(1, keys) as K
    const oldValue = reader.read(2, values) as V
    const newValue = reader.read(3, values) as V
    if (!reader.has(2)) return { type: 'added', ...namespace, key, newValue }
    if (!reader.has(3)) return { type: 'removed', ...namespace, key, oldValue }
    return { type: 'modified', ...namespace, key, oldValue, newValue }
  }
}

/** Reads a conflict: a record of namespace, key, base, destination and source. */
export function decodeConflict<K, V>(reader: PageReader, { keys, values }: Transcoders): MergeConflict<K, V> {
  return {
    ...namespaceOf(reader),
    key: reader.read(1, keys) as K,
    ...(reader.has(2) && { base: reader.read(2, values) as V }),
    ...(reader.has(3) && { destination: reader.read(3, values) as V }),
    ...(reader.has(4) && { source: reader.read(4, values) as V }),
  }
}

function namespaceOf(reader: PageReader): { namespace?: string } {
  return reader.has(0) ? { namespace: reader.text(0) } : {}
}
