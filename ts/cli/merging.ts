import type { MergeConflict, MergeOptions, MergeResult, NamespaceConflict } from '../index.js'
import { keyText } from './changes.js'
import { shortId } from './commits.js'
import { counted } from './counted.js'
import { codeOf, detailsOf, negative } from './errors.js'
import type { BytesStore, Session } from './session.js'
import { toJsonBytes } from './text.js'

type BytesConflict = MergeConflict<Buffer, Buffer>

/** Merges and says what came of it; conflicts are listed, and then it throws. */
export async function mergeAndReport(
  session: Session,
  source: string,
  options: MergeOptions<Buffer, Buffer>,
  json: boolean,
): Promise<void> {
  const store = await session.store()
  let result: MergeResult
  try {
    result = await store.merge(source, options)
  } catch (error) {
    if (codeOf(error) !== 'PROLLY_MERGE_CONFLICT') throw error
    const count = await listConflicts(session, store, source, error, json)
    throw negative(
      `${counted(count, 'conflict')}: nothing was changed`,
      'choose a --strategy, or resolve them with the merge method of the library',
    )
  }
  session.output.line(json ? JSON.stringify(result) : resultText(result, options.dryRun ?? false))
}

/**
 * Prints every conflict of a merge, at the reader's pace, and counts them.
 *
 * The error holds only the first; a merge that is only tried walks over all of them without holding them.
 */
async function listConflicts(
  session: Session,
  store: BytesStore,
  source: string,
  error: unknown,
  json: boolean,
): Promise<number> {
  const { output, context } = session
  const { namespaces } = detailsOf(error)
  if (Array.isArray(namespaces) && namespaces.length > 0) {
    for (const conflict of namespaces as NamespaceConflict[]) {
      output.line(
        json ? JSON.stringify({ type: 'namespace-conflict', ...conflict }) : namespaceText(conflict),
      )
    }
    return namespaces.length
  }
  const library = await session.library()
  let count = 0
  await store.merge(source, {
    dryRun: true,
    signal: context.signal,
    resolve: async (conflict: BytesConflict) => {
      count += 1
      output.line(json ? conflictJson(conflict) : `${kindOf(conflict)}\t${keyText(conflict)}`)
      if (output.isFull) await output.drained()
      return conflict.destination ?? library.DELETE
    },
  })
  return count
}

const REASONS = {
  'two-names': 'renamed on both sides',
  'one-name': 'one name for two namespaces',
  'dropped-by-destination': 'dropped here, modified there',
  'dropped-by-source': 'modified here, dropped there',
} as const

function namespaceText({ namespace, reason }: NamespaceConflict): string {
  return `${REASONS[reason]}\tnamespace ${namespace}`
}

/** What happened on both sides, in the words of `git status`. */
function kindOf({ base, destination, source }: BytesConflict): string {
  if (destination === undefined) return 'deleted here, modified there'
  if (source === undefined) return 'modified here, deleted there'
  return base === undefined ? 'both added' : 'both modified'
}

function conflictJson({ namespace, key, base, destination, source }: BytesConflict): string {
  return JSON.stringify({
    type: 'conflict',
    ...(namespace !== undefined && { namespace }),
    key: toJsonBytes(key),
    ...(base !== undefined && { base: toJsonBytes(base) }),
    ...(destination !== undefined && { destination: toJsonBytes(destination) }),
    ...(source !== undefined && { source: toJsonBytes(source) }),
  })
}

function resultText({ kind, commit, conflicts }: MergeResult, dryRun: boolean): string {
  const id = commit === undefined ? '' : ` ${shortId(commit)}`
  switch (kind) {
    case 'up-to-date':
      return 'Already up to date.'
    case 'fast-forward':
      return dryRun ? `Would fast-forward to${id}.` : `Fast-forwarded to${id}.`
    case 'merged': {
      const settled = conflicts === 0 ? 'no conflicts' : `${counted(conflicts, 'conflict')} settled`
      return dryRun ? `Would merge: ${settled}.` : `Merged in commit${id}: ${settled}.`
    }
  }
}
