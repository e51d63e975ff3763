import { MergeConflictError } from '../errors/merge-conflict-error.js'
import { isRow, type MergeConflict, type RowConflict } from './merge-conflict.js'

/** A failed merge lists so many conflicts. */
export const LISTED = 1000

type Any = MergeConflict<unknown, unknown> | RowConflict

/** Throws when conflicts of a merge under way are not settled, and lists them. */
export async function refuseUnsettled(...conflicts: AsyncIterable<Any>[]): Promise<void> {
  const found: Any[] = []
  for (const some of conflicts) {
    for await (const conflict of some) {
      if (found.push(conflict) > LISTED) break
    }
  }
  refuseListed(found, 'settle them first')
}

/** Throws when there are conflicts, and lists them. */
export function refuseListed(conflicts: readonly Any[], hint: string): void {
  if (conflicts.length === 0) return
  const more = conflicts.length > LISTED
  const listed = conflicts.slice(0, LISTED)
  const first = listed.slice(0, 3).map(describe).join(', ')
  const rest = listed.length > 3 ? ` and ${more ? 'at least ' : ''}${conflicts.length - 3} more` : ''
  throw new MergeConflictError(`the merge has conflicts: ${first}${rest}; ${hint}`, listed, more)
}

function describe(conflict: Any): string {
  if (isRow(conflict)) return `row ${conflict.key} of table ${JSON.stringify(conflict.table)}`
  const { namespace, key } = conflict
  const name =
    typeof key === 'string' ? JSON.stringify(key) : key instanceof Uint8Array ? bytesText(key) : String(key)
  return namespace === undefined ? name : `${name} in namespace ${JSON.stringify(namespace)}`
}

function bytesText(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('utf8'))
}
