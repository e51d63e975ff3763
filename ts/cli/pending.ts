import type { Command } from '@commander-js/extra-typings'
import type { PendingMerge } from '../index.js'
import { shortId } from './commits.js'
import { counted } from './counted.js'
import { negative, usageError } from './errors.js'
import type { OutputFormat } from './options.js'
import type { Session } from './session.js'

/** What ends a merge, revert or cherry-pick under way. */
interface Ending {
  readonly resolve?: boolean | undefined
  readonly continue?: boolean | undefined
  readonly abort?: boolean | undefined
  readonly message?: string | undefined
  readonly format: OutputFormat
}

/** `--resolve`, `--continue` and `--abort`, of the commands that merge by key. */
export function pendingOptions(command: Command) {
  return {
    resolve: command.createOption(
      '--resolve',
      'with conflicts, stage what is merged and leave them to "resolve"',
    ),
    continue: command.createOption('--continue', 'commit what is under way, once no conflict is left'),
    abort: command.createOption('--abort', 'drop what is under way, and what is staged'),
  }
}

/**
 * Continues or aborts what is under way, when that is asked for.
 *
 * @returns Whether it was.
 */
export async function endPending(
  session: Session,
  operation: PendingMerge['operation'],
  subject: string | undefined,
  options: Ending,
): Promise<boolean> {
  const asked = [options.resolve, options.continue, options.abort].filter(Boolean).length
  if (asked > 1) throw usageError('--resolve, --continue and --abort exclude each other')
  if (!options.continue && !options.abort) {
    if (subject === undefined) throw usageError(`missing required argument: ${SUBJECTS[operation]}`)
    return false
  }
  if (subject !== undefined) throw usageError(`--${options.abort ? 'abort' : 'continue'} takes no argument`)
  const store = await session.store()
  const { signal } = session.context
  const pending = await store.pendingMerge({ signal })
  if (pending === undefined) throw negative(`no ${operation} is under way`)
  if (pending.operation !== operation) {
    throw usageError(`a ${pending.operation} is under way: "git-prolly ${pending.operation}" ends it`)
  }
  const json = options.format === 'json'
  if (options.abort) {
    await store.abortMerge({ signal })
    if (json) session.output.line(JSON.stringify({ kind: 'aborted' }))
    return true
  }
  const how = { ...(options.message !== undefined && { message: options.message }), signal }
  const commit = await session.during('committing', () => store.continueMerge(how))
  session.output.line(
    json ? JSON.stringify({ kind: 'merged', commit }) : `${DONE[operation]} in commit ${shortId(commit)}.`,
  )
  return true
}

const SUBJECTS = {
  merge: 'the branch to merge',
  revert: 'the commit to undo',
  'cherry-pick': 'the commit to pick',
} as const

const DONE = { merge: 'Merged', revert: 'Reverted', 'cherry-pick': 'Picked' } as const

/** A line about what is under way. */
export function pendingLine({ operation, named, conflicts }: PendingMerge): string {
  const what = named === undefined ? `A ${operation}` : `A ${operation} of ${named}`
  const left = conflicts === 0 ? 'no conflict is left' : `${counted(conflicts, 'conflict')} left`
  return `${what} is under way: ${left}`
}

/** What can be done about what is under way. */
export function pendingHint({ operation, conflicts }: PendingMerge): string {
  const next =
    conflicts === 0
      ? `"git-prolly ${operation} --continue" commits it`
      : `"git-prolly conflicts" and "git-prolly resolve", then "git-prolly ${operation} --continue"`
  return `${next}; "git-prolly ${operation} --abort" drops it`
}
