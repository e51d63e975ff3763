import { checkFlag, checkName, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { type Author, checkAuthor } from './commit.js'
import type { NativeCommitOptions } from '#native'

/** How to commit. */
export interface CommitOptions extends AbortOptions {
  /** Who wrote the changes; else who Git's configuration and environment name. */
  readonly author?: Author
  /** Who commits; else the author when one is given, else who Git names. */
  readonly committer?: Author
  /** Make a commit also when nothing changed. */
  readonly allowEmpty?: boolean
}

const NAMES = ['author', 'committer', 'allowEmpty', 'signal']

/**
 * Checks the options of a commit, for the addon.
 *
 * @internal
 */
export function checkCommitOptions(
  message: string,
  options: CommitOptions,
  more: readonly string[] = [],
): NativeCommitOptions {
  checkName('message', message)
  checkOptions(options, [...more, ...NAMES])
  checkFlag('allowEmpty', options.allowEmpty)
  const author = checkAuthor('author', options.author)
  const committer = checkAuthor('committer', options.committer)
  return {
    message,
    allowEmpty: options.allowEmpty ?? false,
    ...(author && { author }),
    ...(committer && { committer }),
  }
}
