import { createRequire } from 'node:module'
import { ProllyError } from '../errors/prolly-error.js'
import type * as Addon from '#native'

let loaded: typeof Addon | undefined

/**
 * The native addon, loaded by the first caller.
 *
 * @throws {@link ProllyError} `PROLLY_NATIVE_MISSING` with the reason at the bottom of the failure.
 */
export function addon(): typeof Addon {
  if (loaded === undefined) {
    try {
      loaded = createRequire(import.meta.url)('#native') as typeof Addon
    } catch (cause) {
      throw new ProllyError(
        'PROLLY_NATIVE_MISSING',
        `the native part of prollytree for ${process.platform}-${process.arch} could not be loaded: ${deepest(cause)}`,
        { cause },
      )
    }
  }
  return loaded
}

/** The loader of the addon tries several places, and hides the real reason below a guess. */
function deepest(error: unknown): string {
  let at = error
  while (at instanceof Error && at.cause instanceof Error) at = at.cause
  return at instanceof Error ? at.message : String(at)
}
