import { invalid } from '../options/check.js'
import type { NativeVersion } from '#native'

/**
 * In a diff: the working state, that is the last commit with all that is staged.
 *
 * @example
 * ```ts
 * import { STAGED, VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * store.insert('a', '1')
 * assert.equal((await store.diff('HEAD', STAGED).toArray()).length, 1)
 * ```
 */
export const STAGED: unique symbol = Symbol('prollytree.staged')

/**
 * In a diff: a version without entries.
 *
 * @example
 * ```ts
 * import { EMPTY, STAGED, VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory()
 * store.insert('a', '1')
 * assert.equal((await store.diff(EMPTY, STAGED).toArray()).length, 1)
 * ```
 */
export const EMPTY: unique symbol = Symbol('prollytree.empty')

/** One side of a diff: any Git revision (`main`, `v1.0`, `HEAD~2`, an id), the working state, or nothing at all. */
export type Version = string | typeof STAGED | typeof EMPTY

/**
 * Checks one side of a diff, for the addon.
 *
 * @internal
 */
export function checkVersion(argument: string, version: unknown): NativeVersion {
  if (version === STAGED) return { kind: 'staged' }
  if (version === EMPTY) return { kind: 'empty' }
  // HEAD is a version also before the first commit: one without entries.
  if (version === 'HEAD') return { kind: 'head' }
  if (typeof version === 'string' && version !== '') return { revision: version }
  throw invalid(argument, 'a Git revision, STAGED or EMPTY', version)
}
