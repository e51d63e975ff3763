import type { MergeConflict, RowConflict } from '../index.js'
import { keyText } from './changes.js'
import { toJsonBytes } from './text.js'

/** A key that both sides of a merge changed. */
export type BytesConflict = MergeConflict<Buffer, Buffer>

/** One line: what happened on both sides, in the words of `git status`, and the key. */
export function conflictLine(conflict: BytesConflict): string {
  return `${kindOf(conflict)}\t${keyText(conflict)}`
}

/** One line about a row of a table. */
export function rowConflictLine({ table, key }: RowConflict): string {
  return `both changed\trow ${key} of table ${table}`
}

/** A row in conflict in JSON. */
export function rowConflictFields({ table, key }: RowConflict) {
  return { type: 'row-conflict', table, key }
}

function kindOf({ base, destination, source }: BytesConflict): string {
  if (destination === undefined) return 'deleted here, modified there'
  if (source === undefined) return 'modified here, deleted there'
  return base === undefined ? 'both added' : 'both modified'
}

/** A conflict in JSON. */
export function conflictFields({ namespace, key, base, destination, source }: BytesConflict) {
  return {
    type: 'conflict',
    ...(namespace !== undefined && { namespace }),
    key: toJsonBytes(key),
    ...(base !== undefined && { base: toJsonBytes(base) }),
    ...(destination !== undefined && { destination: toJsonBytes(destination) }),
    ...(source !== undefined && { source: toJsonBytes(source) }),
  }
}
