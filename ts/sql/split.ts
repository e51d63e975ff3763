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
  const statements: string[] = []
  const starts: number[] = []
  let start = 0
  let blank = true
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === ';') {
      if (!blank) {
        statements.push(text.slice(start, index))
        starts.push(start)
      }
      start = index + 1
      blank = true
    } else if (!/^(?:\s|--|\/\*[^]*\*\/$)/.test(token)) blank = false
  }
  return { statements, starts, rest: blank ? '' : text.slice(start) }
}

const TOKEN =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|(\$\w*\$)[^]*?(?:\1|$)|\s+|[^\s;'"$/-]+|[^]/g
