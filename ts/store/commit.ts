import { checkOptions, invalid } from '../options/check.js'
import type { NativeCommit, NativeSignature } from '#native'

/** Who made a commit, and when. */
export interface Signature {
  /** The name. */
  readonly name: string
  /** The e-mail address. */
  readonly email: string
  /** When, to the second. */
  readonly date: Date
  /** How many minutes the clock that said so was east of UTC. */
  readonly offsetMinutes: number
}

/** Who is to be named in a commit. */
export interface Author {
  /** The name. */
  readonly name: string
  /** The e-mail address. */
  readonly email: string
  /** When; now, when left out. */
  readonly date?: Date
}

/** A commit. */
export interface Commit {
  /** Its id: 40 hexadecimal digits, the same that Git shows. */
  readonly id: string
  /** The ids of the commits it was made from: none for the first, two for a merge. */
  readonly parents: readonly string[]
  /** Who wrote the changes. */
  readonly author: Signature
  /** Who committed them. */
  readonly committer: Signature
  /** The message. */
  readonly message: string
  /** The root hash of its tree; left out when the commit is not one of a store. */
  readonly rootHash?: string
}

/**
 * A commit of the addon as users see it.
 *
 * @internal
 */
export function commitOf(commit: NativeCommit): Commit {
  const { id, parents, author, committer, message, rootHash } = commit
  return {
    id,
    parents,
    author: signatureOf(author),
    committer: signatureOf(committer),
    message,
    ...(rootHash !== undefined && { rootHash }),
  }
}

/**
 * Checks who is to be named, for the addon.
 *
 * @internal
 */
export function checkAuthor(argument: string, author: Author | undefined): NativeSignature | undefined {
  if (author === undefined) return undefined
  checkOptions(author, ['name', 'email', 'date'], argument)
  const { name, email, date } = author
  if (typeof name !== 'string') throw invalid(`${argument}.name`, 'a string', name)
  if (typeof email !== 'string') throw invalid(`${argument}.email`, 'a string', email)
  if (date === undefined) return { name, email }
  if (!(date instanceof Date) || Number.isNaN(date.getTime()))
    throw invalid(`${argument}.date`, 'a valid Date', date)
  return { name, email, seconds: Math.floor(date.getTime() / 1000), offsetMinutes: -date.getTimezoneOffset() }
}

/**
 * A signature of the addon as users see it.
 *
 * @internal
 */
export function signatureOf({ name, email, seconds = 0, offsetMinutes = 0 }: NativeSignature): Signature {
  return { name, email, date: new Date(seconds * 1000), offsetMinutes }
}
