import type { MergeOptions, MergeResult, NamespaceConflict } from '../index.js'
import { shortId } from './commits.js'
import {
  type BytesConflict,
  conflictFields,
  conflictLine,
  rowConflictFields,
  rowConflictLine,
} from './conflicts.js'
import { counted } from './counted.js'
import { codeOf, detailsOf, negative } from './errors.js'
import type { Session } from './session.js'
import { pendingHint } from './pending.js'

/** A merge, revert or cherry-pick, with what the given options settle besides. */
type Settle = (
  options: Pick<MergeOptions<Buffer, Buffer>, 'resolve' | 'resolveRow' | 'dryRun' | 'signal' | 'onProgress'>,
) => Promise<MergeResult>

/** How what merges by key is spoken of. */
export interface Report {
  /** What is done: `merge`. */
  readonly verb: string
  /** What is being done: `merging`. */
  readonly doing: string
  /** What was done, when it made a commit: `Merged`. */
  readonly done: string
  readonly dryRun: boolean
  readonly json: boolean
}

/** Merges and says what came of it; conflicts are listed, and then it throws. */
export async function mergeAndReport(
  session: Session,
  source: string,
  options: MergeOptions<Buffer, Buffer>,
  json: boolean,
): Promise<void> {
  const store = await session.store()
  const merge: Settle = (settling) => store.merge(source, { ...options, ...settling })
  await settleAndReport(session, merge, {
    verb: 'merge',
    doing: 'merging',
    done: 'Merged',
    dryRun: options.dryRun ?? false,
    json,
  })
}

/** As {@link mergeAndReport}, of whatever merges by key. */
export async function settleAndReport(session: Session, merge: Settle, report: Report): Promise<void> {
  let result: MergeResult
  try {
    result = await session.during(report.doing, (onProgress) => merge({ onProgress }))
  } catch (error) {
    if (codeOf(error) !== 'PROLLY_MERGE_CONFLICT') throw error
    const count = await listConflicts(session, merge, error, report.json)
    throw negative(
      `${counted(count, 'conflict')}: nothing was changed`,
      'choose a --strategy, or settle them one by one with --resolve',
    )
  }
  if (result.kind === 'suspended') await reportSuspended(session, result, report)
  session.output.line(report.json ? JSON.stringify(result) : resultText(result, report))
}

/** Lists the conflicts of what was begun with `--resolve`, and throws. */
async function reportSuspended(session: Session, { conflicts }: MergeResult, report: Report): Promise<never> {
  const { output, context } = session
  if (report.dryRun) throw negative(`${counted(conflicts, 'conflict')}: nothing was changed`)
  const store = await session.store()
  for await (const conflict of store.conflicts({ signal: context.signal })) {
    output.line(report.json ? JSON.stringify(conflictFields(conflict)) : conflictLine(conflict))
    if (output.isFull) await output.drained()
  }
  for await (const conflict of store.rowConflicts({ signal: context.signal })) {
    output.line(report.json ? JSON.stringify(rowConflictFields(conflict)) : rowConflictLine(conflict))
    if (output.isFull) await output.drained()
  }
  const pending = await store.pendingMerge({ signal: context.signal })
  throw negative(`${counted(conflicts, 'conflict')} to settle`, pending && pendingHint(pending))
}

/**
 * Prints every conflict of a merge, at the reader's pace, and counts them.
 *
 * The error holds only the first; a merge that is only tried walks over all of them without holding them.
 */
async function listConflicts(
  session: Session,
  merge: Settle,
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
  const list = async (fields: object, line: string): Promise<typeof library.TAKE_DESTINATION> => {
    count += 1
    output.line(json ? JSON.stringify(fields) : line)
    if (output.isFull) await output.drained()
    return library.TAKE_DESTINATION
  }
  const walked = merge({
    dryRun: true,
    signal: context.signal,
    resolve: (conflict: BytesConflict) => list(conflictFields(conflict), conflictLine(conflict)),
    resolveRow: (conflict) => list(rowConflictFields(conflict), rowConflictLine(conflict)),
  })
  // Settled like this a revert may change nothing.
  await walked.catch((fault: unknown) => {
    if (codeOf(fault) !== 'PROLLY_NOTHING_TO_COMMIT') throw fault
  })
  return count
}

const REASONS = {
  'two-names': 'renamed on both sides',
  'one-name': 'one name for two',
  schemas: 'made of something else on both sides',
  'dropped-by-destination': 'dropped here, modified there',
  'dropped-by-source': 'modified here, dropped there',
} as const

function namespaceText({ kind, namespace, reason }: NamespaceConflict): string {
  return `${REASONS[reason]}\t${kind} ${namespace}`
}

function resultText({ kind, commit, conflicts }: MergeResult, { verb, done, dryRun }: Report): string {
  const id = commit === undefined ? '' : ` ${shortId(commit)}`
  switch (kind) {
    case 'up-to-date':
      return 'Already up to date.'
    case 'fast-forward':
      return dryRun ? `Would fast-forward to${id}.` : `Fast-forwarded to${id}.`
    case 'suspended':
    case 'merged': {
      const settled = conflicts === 0 ? 'no conflicts' : `${counted(conflicts, 'conflict')} settled`
      return dryRun ? `Would ${verb}: ${settled}.` : `${done} in commit${id}: ${settled}.`
    }
  }
}
