import type { NativePendingMerge } from '#native'

/** A merge, revert or cherry-pick under way: what it makes is staged, and keys may be in conflict. */
export interface PendingMerge {
  /** What is under way. */
  readonly operation: 'merge' | 'revert' | 'cherry-pick'
  /** The commit that is merged; left out for a revert and a cherry-pick. */
  readonly source?: string
  /** How it was named. */
  readonly named?: string
  /** The message of the commit to come. */
  readonly message: string
  /** How many keys are in conflict still. */
  readonly conflicts: number
}

/**
 * A merge under way as users see it.
 *
 * @internal
 */
export function pendingMergeOf(pending: NativePendingMerge): PendingMerge {
  const { operation, source, named, message, conflicts } = pending
  return {
    operation: operation as PendingMerge['operation'],
    ...(typeof source === 'string' && { source }),
    ...(typeof named === 'string' && { named }),
    message,
    conflicts,
  }
}
