import { addon } from '../native/addon.js'

/** A text of statements, split. */
export interface SplitText {
  /** The statements that are whole, each without its semicolon; blank ones are left out. */
  readonly statements: readonly string[]
  /** Where each of them begins in the text. */
  readonly starts: readonly number[]
  /** What follows the last semicolon; empty when that is blank. */
  readonly rest: string
}

/**
 * Splits a text into statements, without looking what they are. A quote or comment that is not closed is part of what follows.
 *
 * @internal
 */
export function splitStatements(text: string): SplitText {
  const { whole, rest } = addon().splitStatements(text)
  const statements: string[] = []
  const starts: number[] = []
  for (let at = 0; at < whole.length; at += 2) {
    const [start, end] = [whole[at] ?? 0, whole[at + 1] ?? 0]
    statements.push(text.slice(start, end))
    starts.push(start)
  }
  return { statements, starts, rest: typeof rest === 'number' ? text.slice(rest) : '' }
}
