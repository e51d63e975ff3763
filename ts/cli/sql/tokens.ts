/** A piece of a statement. */
export interface Token {
  readonly text: string
  /** Where it begins. */
  readonly index: number
}

// Each of what must not be looked into (texts and names in quotes, a line of comment), then what is looked for.
const TOKEN =
  /--[^\n]*|[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)[^]*?\1|\$\d+|::|:[\p{L}_][\p{L}\p{N}_$]*|\/\*|[\p{L}_][\p{L}\p{N}_$]*|\s+|[^]/gu
const COMMENT_EDGE = /\/\*|\*\//g

/** The pieces of a text of SQL that mean something: neither blanks nor comments. It never throws; what is wrong is for the parser. */
export function* tokens(sql: string): Generator<Token> {
  const pattern = new RegExp(TOKEN)
  for (let match = pattern.exec(sql); match !== null; match = pattern.exec(sql)) {
    const [text] = match
    if (text === '/*') pattern.lastIndex = endOfComment(sql, match.index)
    else if (text.trim() !== '' && !text.startsWith('--')) yield { text, index: match.index }
  }
}

/** Comments may stand within comments. */
function endOfComment(sql: string, start: number): number {
  const edge = new RegExp(COMMENT_EDGE)
  edge.lastIndex = start
  let depth = 0
  for (let match = edge.exec(sql); match !== null; match = edge.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1
    if (depth === 0) return edge.lastIndex
  }
  return sql.length
}

/** How a statement begins. */
export function firstToken(sql: string): Token | undefined {
  for (const token of tokens(sql)) return token
  return undefined
}

const WITH_ROWS: ReadonlySet<string> = new Set(['SELECT', 'VALUES', 'SHOW', 'CALL', '('])

/** Whether a statement answers rows, which can be read as they are asked for. */
export function answersRows(sql: string): boolean {
  return WITH_ROWS.has(firstToken(sql)?.text.toUpperCase() ?? '')
}
