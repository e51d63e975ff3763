import { AbortedError } from './aborted-error.js'
import { AlreadyExistsError } from './already-exists-error.js'
import { ClosedError } from './closed-error.js'
import { ERROR_CODES, type ErrorCode } from './codes.js'
import { ConflictError } from './conflict-error.js'
import { CorruptionError } from './corruption-error.js'
import { takeFailure } from './failures.js'
import { InvalidArgumentError } from './invalid-argument-error.js'
import { InvalidProofError } from './invalid-proof-error.js'
import { LockedError } from './locked-error.js'
import { MergeConflictError } from './merge-conflict-error.js'
import { MergePendingError } from './merge-pending-error.js'
import { NotFoundError } from './not-found-error.js'
import { NothingToCommitError } from './nothing-to-commit-error.js'
import { ProllyError, type ProllyErrorOptions } from './prolly-error.js'
import { type CallSite, pointAtCaller } from './stack.js'
import { SqlError } from './sql-error.js'
import { StagedChangesError } from './staged-changes-error.js'

type ErrorClass = new (message: string, options?: ProllyErrorOptions) => ProllyError

const CLASSES = new Map<ErrorCode, ErrorClass>([
  ['PROLLY_ABORTED', AbortedError],
  ['PROLLY_ALREADY_EXISTS', AlreadyExistsError],
  ['PROLLY_CLOSED', ClosedError],
  ['PROLLY_CONFLICT', ConflictError],
  ['PROLLY_CORRUPTION', CorruptionError],
  ['PROLLY_INVALID_ARGUMENT', InvalidArgumentError],
  ['PROLLY_INVALID_PROOF', InvalidProofError],
  ['PROLLY_LOCKED', LockedError],
  ['PROLLY_MERGE_PENDING', MergePendingError],
  ['PROLLY_NOT_FOUND', NotFoundError],
  ['PROLLY_NOTHING_TO_COMMIT', NothingToCommitError],
  ['PROLLY_SQL', SqlError],
  ['PROLLY_STAGED_CHANGES', StagedChangesError],
])

/** What Node-API itself reports. */
const NATIVE_STATUSES = new Set([
  'GenericFailure',
  'InvalidArg',
  'PendingException',
  'ObjectExpected',
  'StringExpected',
])

/** The three parts of an error of the addon, which it sends as JSON in the message. */
interface NativeFault {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * The {@link ProllyError} for what the addon threw, with the thrown error as its cause.
 *
 * What a method of a storage of the user threw is the cause instead, and is returned as it is when it is a
 * {@link ProllyError} itself.
 *
 * @param error - What was caught. Anything that is not an error of the addon is returned as it is.
 * @param site - Where the asynchronous method was called; without it, the present stack counts.
 */
export function fromNative(error: unknown, site?: CallSite): unknown {
  if (!(error instanceof Error) || error instanceof ProllyError) return error
  const fault = parse(error.message) ?? internalFault(error)
  if (fault === undefined) return error
  error.message = fault.message
  const { failure, ...details } = fault.details
  const ofUser = typeof failure === 'number' ? takeFailure(failure) : undefined
  if (ofUser?.thrown instanceof ProllyError) return ofUser.thrown
  const options = { cause: ofUser ? ofUser.thrown : error, details }
  const result = make(fault, options)
  if (site) pointAtCaller(result, site)
  return result
}

function make({ code, message }: NativeFault, options: ProllyErrorOptions): ProllyError {
  if (code === 'PROLLY_MERGE_CONFLICT') return new MergeConflictError(message, [], false, options)
  const Class = CLASSES.get(code)
  return Class ? new Class(message, options) : new ProllyError(code, message, options)
}

/** A panic, or an argument that the addon itself refused: both are faults of this library. */
function internalFault(error: Error & { code?: unknown }): NativeFault | undefined {
  if (typeof error.code !== 'string' || !NATIVE_STATUSES.has(error.code)) return undefined
  return { code: 'PROLLY_INTERNAL', message: `this is a fault of prollytree: ${error.message}`, details: {} }
}

function parse(message: string): NativeFault | undefined {
  if (!message.startsWith('{"code":"PROLLY_')) return undefined
  try {
    const fault = JSON.parse(message) as NativeFault
    return ERROR_CODES.includes(fault.code) ? fault : undefined
  } catch {
    return undefined
  }
}
