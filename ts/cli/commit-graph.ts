/** A commit as the graph needs it. */
interface Node {
  readonly id: string
  readonly parents: readonly string[]
}

/** How a commit is drawn: what stands before its first line and its further ones, and the lines that follow it. */
export interface GraphRow {
  readonly first: string
  readonly rest: string
  readonly after: readonly string[]
}

/**
 * Draws how commits follow each other, as `git log --graph` does: each line of history has a column, in which `*` is a commit;
 * `\` and `/` lead from one column to another.
 *
 * Commits are given in the order in which they are printed, children before their parents.
 */
export class CommitGraph {
  /** For each column the commit that comes next in it. */
  readonly #columns: string[] = []
  /** The commits that will be printed: lines to others end. */
  readonly #printed: ReadonlySet<string>

  constructor(commits: readonly Node[]) {
    this.#printed = new Set(commits.map(({ id }) => id))
  }

  next({ id, parents }: Node): GraphRow {
    const columns = this.#columns
    let column = columns.indexOf(id)
    if (column < 0) column = columns.push(id) - 1
    const first = this.#row(column, '*')
    const shown = parents.filter((parent) => this.#printed.has(parent))
    const rest = this.#row(column, shown.length > 0 ? '|' : ' ')
    const after: string[] = []
    const [main, ...merged] = shown
    if (main === undefined) {
      const shifted = columns.length > column + 1
      if (shifted) after.push(this.#joined(column))
      columns.splice(column, 1)
      return { first, rest, after }
    }
    for (const [index, parent] of merged.entries()) {
      if (columns.includes(parent)) {
        after.push(this.#led(column, columns.indexOf(parent)))
        continue
      }
      after.push(this.#forked(column))
      columns.splice(column + 1 + index, 0, parent)
    }
    const other = columns.indexOf(main)
    columns[column] = main
    if (other >= 0 && other !== column) {
      const [kept, dropped] = other < column ? [other, column] : [column, other]
      after.push(this.#joined(dropped, kept))
      columns.splice(dropped, 1)
    }
    return { first, rest, after }
  }

  /** All columns, with a mark in one of them. */
  #row(column: number, mark: string): string {
    return this.#columns
      .map((_, index) => (index === column ? mark : '|'))
      .join(' ')
      .trimEnd()
  }

  /** A column comes to be right of another one, and those behind it move on. */
  #forked(column: number): string {
    return this.#line((at, index) => {
      at(2 * index, index <= column ? '|' : ' ')
      if (index >= column) at(2 * index + 1, '\\')
    })
  }

  /** A column ends, in the column `into` when one is named, and those behind it move back. */
  #joined(column: number, into = column): string {
    return this.#line((at, index) => {
      if (index < column) at(2 * index, '|')
      else if (index > column || into < column) at(2 * index - 1, '/')
      if (index > into && index < column) at(2 * index - 1, '_')
    })
  }

  /** A merge of a commit that another column comes to. */
  #led(column: number, to: number): string {
    const [left, right] = column < to ? [column, to] : [to, column]
    return this.#line((at, index) => {
      at(2 * index, '|')
      if (index > left && index <= right) at(2 * index - 1, '_')
      if (index === column) at(2 * index + (column < to ? 1 : -1), column < to ? '\\' : '/')
    })
  }

  #line(draw: (at: (place: number, mark: string) => void, index: number) => void): string {
    const marks: string[] = []
    const at = (place: number, mark: string): void => {
      if (place >= 0) marks[place] = mark
    }
    for (const index of this.#columns.keys()) draw(at, index)
    return Array.from(marks, (mark) => mark ?? ' ')
      .join('')
      .trimEnd()
  }
}
