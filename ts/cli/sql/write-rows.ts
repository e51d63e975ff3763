import type { Output } from '../output.js'
import { csvLine } from '../records/csv-line.js'
import type { Style } from '../style.js'
import { TableLayout } from './table-layout.js'
import { jsonObject, toJson, toPlain } from './values.js'

/** How rows are printed. */
export const ROW_FORMATS = ['table', 'csv', 'json'] as const
export type RowFormat = (typeof ROW_FORMATS)[number]

/** What a query answers. */
export interface Answer {
  readonly names: readonly string[]
  /** Whether each row is one map: of a table without columns. */
  readonly isMap: boolean
  readonly rows: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>
}

/** How an answer is printed. */
export interface RowPrinting {
  readonly format: RowFormat
  readonly style: Style
  /** How many columns the terminal has; `undefined` where none is. */
  readonly columns: number | undefined
  /** Asked after each row: whether to leave out the others. */
  readonly stopped: () => boolean
}

/**
 * Prints rows as they are read, at the reader's pace: no more of them are held than the first of a table.
 *
 * @returns How many there were.
 */
export async function writeRows(answer: Answer, printing: RowPrinting, output: Output): Promise<number> {
  const lines = linesOf(answer, printing)
  let count = 0
  for await (const row of answer.rows) {
    count += 1
    output.write(lines.row(row))
    if (output.isFull) await output.drained()
    if (printing.stopped()) break
  }
  output.write(lines.end())
  return count
}

/** Makes text of rows. It may hold some of them back until its end. */
interface Lines {
  row(values: readonly unknown[]): string
  end(): string
}

function linesOf(answer: Answer, printing: RowPrinting): Lines {
  switch (printing.format) {
    case 'table':
      return new TableLines(answer.names, printing)
    case 'csv':
      return new CsvLines(answer.names)
    case 'json': {
      const text = jsonRow(answer)
      return { row: (values) => `${text(values)}\n`, end: () => '' }
    }
  }
}

/** So many rows decide how wide the columns of a table are. */
const SAMPLE = 1000

class TableLines implements Lines {
  readonly #names: readonly string[]
  readonly #printing: RowPrinting
  #sample: (readonly unknown[])[] = []
  #layout: TableLayout | undefined

  constructor(names: readonly string[], printing: RowPrinting) {
    this.#names = names
    this.#printing = printing
  }

  row(values: readonly unknown[]): string {
    if (this.#layout) return this.#layout.row(values)
    return this.#sample.push(values) < SAMPLE ? '' : this.#begin()
  }

  end(): string {
    return this.#layout ? '' : this.#begin()
  }

  #begin(): string {
    const layout = new TableLayout(this.#names, this.#sample, this.#printing.columns, this.#printing.style)
    const text = [layout.header, ...this.#sample.map((row) => layout.row(row))].join('')
    this.#layout = layout
    this.#sample = []
    return text
  }
}

class CsvLines implements Lines {
  #header: string

  constructor(names: readonly string[]) {
    this.#header = `${csvLine(names)}\n`
  }

  row(values: readonly unknown[]): string {
    return `${this.end()}${csvRow(values)}\n`
  }

  end(): string {
    const header = this.#header
    this.#header = ''
    return header
  }
}

/** A row as a line of CSV, in which NULL is an empty field. */
export function csvRow(values: readonly unknown[]): string {
  return csvLine(values.map((value) => (value === null ? null : toPlain(value))))
}

/** Makes the JSON of rows. A name that comes again gets a number, so that each field has its own. */
export function jsonRow({ names, isMap }: Omit<Answer, 'rows'>): (values: readonly unknown[]) => string {
  if (isMap) return ([map]) => toJson(map)
  const own = new Set<string>()
  for (const name of names) {
    let free = name
    for (let number = 1; own.has(free); number++) free = `${name}:${number}`
    own.add(free)
  }
  const fields = [...own]
  return (values) => jsonObject(fields.map((name, place) => [name, values[place]]))
}
