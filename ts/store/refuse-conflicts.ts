import { MergeConflictError } from '../errors/merge-conflict-error.js'
import type { MergeConflict } from './merge-conflict.js'
import type { MergeSession } from './merge-session.js'

/** A failed merge lists so many conflicts. */
const LISTED = 1000

/** Throws when there are conflicts, and lists them. */
export async function refuseConflicts<K, V>(session: MergeSession<K, V>): Promise<void> {
  refuseListed(await session.next(LISTED + 1), 'choose a strategy or resolve them')
}

/** Throws when conflicts of a merge under way are not settled, and lists them. */
export async function refuseUnsettled<K, V>(conflicts: AsyncIterable<MergeConflict<K, V>>): Promise<void> {
  const found: MergeConflict<K, V>[] = []
  for await (const conflict of conflicts) {
    if (found.push(conflict) > LISTED) break
  }
  refuseListed(found, 'settle them first')
}

function refuseListed<K, V>(conflicts: readonly MergeConflict<K, V>[], hint: string): void {
  if (conflicts.length === 0) return
  const more = conflicts.length > LISTED
  const listed = conflicts.slice(0, LISTED)
  const first = listed.slice(0, 3).map(describe).join(', ')
  const rest = listed.length > 3 ? ` and ${more ? 'at least ' : ''}${conflicts.length - 3} more` : ''
  throw new MergeConflictError(`the merge has conflicts: ${first}${rest}; ${hint}`, listed, more)
}

function describe({ namespace, key }: MergeConflict<unknown, unknown>): string {
  const name =
    typeof key === 'string' ? JSON.stringify(key) : key instanceof Uint8Array ? bytesText(key) : String(key)
  return namespace === undefined ? name : `${name} in namespace ${JSON.stringify(namespace)}`
}

function bytesText(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('utf8'))
}
