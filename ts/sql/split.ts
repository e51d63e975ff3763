/** The statements of a text, each without its `;`, and what follows the last one; blank ones are left out. */
export function splitStatements(text: string): { statements: string[]; rest: string } {
  const statements: string[] = []
  let start = 0
  let blank = true
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === ';') {
      if (!blank) statements.push(text.slice(start, index))
      start = index + 1
      blank = true
    } else if (!/^(?:\s|--|\/\*[^]*\*\/$)/.test(token)) blank = false
  }
  return { statements, rest: blank ? '' : text.slice(start) }
}

const TOKEN =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|(\$\w*\$)[^]*?(?:\1|$)|\s+|[^\s;'"$/-]+|[^]/g
