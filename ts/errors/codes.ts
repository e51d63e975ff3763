/**
 * Every code that a {@link ProllyError} can carry.
 *
 * The addon has the same list; a test compares the two.
 */
export const ERROR_CODES = [
  'PROLLY_ABORTED',
  'PROLLY_ALREADY_EXISTS',
  'PROLLY_CLOSED',
  'PROLLY_CONFLICT',
  'PROLLY_CONSTRAINT',
  'PROLLY_CORRUPTION',
  'PROLLY_DECODE_ERROR',
  'PROLLY_GIT',
  'PROLLY_INTERNAL',
  'PROLLY_INVALID_ARGUMENT',
  'PROLLY_INVALID_PROOF',
  'PROLLY_IO',
  'PROLLY_LOCKED',
  'PROLLY_MERGE_CONFLICT',
  'PROLLY_MERGE_PENDING',
  'PROLLY_MISSING_NODE',
  'PROLLY_NATIVE_MISSING',
  'PROLLY_NO_IDENTITY',
  'PROLLY_NOT_FOUND',
  'PROLLY_NOTHING_TO_COMMIT',
  'PROLLY_POISONED',
  'PROLLY_READ_ONLY',
  'PROLLY_SQL',
  'PROLLY_STAGED_CHANGES',
  'PROLLY_STORAGE',
  'PROLLY_UNSUPPORTED',
] as const

/** The code of a {@link ProllyError}: stable, while messages may change. */
export type ErrorCode = (typeof ERROR_CODES)[number]
