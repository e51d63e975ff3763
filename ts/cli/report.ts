import { codeOf, describeError, detailsOf } from './errors.js'
import { hintAtName } from './name-hints.js'
import type { Session } from './session.js'
import { styleFor } from './style.js'

/** Prints an error: what the user sees of it, with a hint at what to do next. */
export async function printError(error: unknown, session: Session): Promise<void> {
  const { context, options } = session
  const debug = options.debug === true || Boolean(context.env.PROLLY_DEBUG)
  const hint = await meant(error, session)
  const [line = '', ...rest] = describeError(error, { debug, hint }).split('\n')
  context.stderr.write([styleFor(context, context.stderr, options.color)('red', line), ...rest].join('\n'))
}

/** A hint at what a misspelt name of a branch, tag or remote may mean. */
async function meant(error: unknown, session: Session): Promise<string | undefined> {
  const { what, name } = detailsOf(error)
  if (codeOf(error) !== 'PROLLY_NOT_FOUND' || typeof name !== 'string') return undefined
  try {
    return await hintAtName(String(what), name, session)
  } catch {
    // The error itself is what matters; a store that cannot even list its branches has no hint to give.
    return undefined
  }
}
