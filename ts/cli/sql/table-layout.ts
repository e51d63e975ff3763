import { Buffer } from 'node:buffer'
import type { Style } from '../style.js'
import { toText } from '../text.js'
import { displayWidth, shortened } from '../width.js'
import { isNumber, toPlain } from './values.js'

const GAP = ' | '
const RULE_GAP = '-+-'
/** A column is not made narrower than this, however many there are. */
const LEAST = 4
const NULL = 'NULL'

/** Where the columns of a table are. */
export class TableLayout {
  readonly #names: readonly string[]
  readonly #widths: readonly number[]
  /** What is wider than this is cut. */
  readonly #limits: readonly number[]
  /** Columns of numbers, whose digits stand below each other. */
  readonly #isNumeric: readonly boolean[]
  readonly #style: Style

  /**
   * @param sample The first rows, which decide how wide the columns are.
   * @param columns How many columns the terminal has; `undefined` where none is.
   */
  constructor(
    names: readonly string[],
    sample: readonly (readonly unknown[])[],
    columns: number | undefined,
    style: Style,
  ) {
    this.#names = names.map((name) => toText(Buffer.from(name)))
    this.#isNumeric = names.map((_, place) => isNumeric(sample, place))
    const needed = this.#names.map((name, place) =>
      Math.max(displayWidth(name), ...sample.map((row) => displayWidth(cell(row[place])))),
    )
    // Anywhere but on a terminal all of it is wanted.
    this.#limits =
      columns === undefined
        ? names.map(() => Infinity)
        : fitted(needed, columns - GAP.length * (names.length - 1))
    this.#widths = needed.map((width, place) => Math.min(width, this.#limits[place] ?? width))
    this.#style = style
  }

  /** The names of the columns, and the line below them. */
  get header(): string {
    const names = this.#names.map((name, place) => this.#set(name, place, 'bold'))
    const rule = this.#widths.map((width) => '-'.repeat(width))
    return `${names.join(GAP)}\n${rule.join(RULE_GAP)}\n`
  }

  /** The line of a row. */
  row(values: readonly unknown[]): string {
    const cells = values.map((value, place) =>
      this.#set(cell(value), place, value === null ? 'dim' : undefined),
    )
    return `${cells.join(GAP)}\n`
  }

  #set(text: string, place: number, format?: 'bold' | 'dim'): string {
    const width = this.#widths[place] ?? 0
    const shown = shortened(text, this.#limits[place] ?? width)
    const styled = format === undefined ? shown : this.#style(format, shown)
    const blank = ' '.repeat(Math.max(width - displayWidth(shown), 0))
    if (this.#isNumeric[place]) return blank + styled
    return place === this.#widths.length - 1 ? styled : styled + blank
  }
}

/** A value as one line: what is not printable stands in quotes, and so does a text that reads as NULL. */
function cell(value: unknown): string {
  if (value === null) return NULL
  const text = toPlain(value)
  return text === NULL ? `"${NULL}"` : toText(Buffer.from(text))
}

function isNumeric(sample: readonly (readonly unknown[])[], place: number): boolean {
  const known = sample.map((row) => row[place]).filter((value) => value !== null)
  return known.length > 0 && known.every(isNumber)
}

/** The most that each column can be wide, so that all fit into so many columns. The widest columns give way; the last one takes what is left. */
function fitted(needed: readonly number[], available: number): number[] {
  let left = available
  let most = Infinity
  const rising = needed.toSorted((one, other) => one - other)
  for (const [place, width] of rising.entries()) {
    const share = Math.floor(left / (rising.length - place))
    if (width > share) {
      most = Math.max(share, LEAST)
      break
    }
    left -= width
  }
  const widths = needed.map((width) => Math.min(width, most))
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width, 0)
  const last = Math.max(available - before, Math.min(needed.at(-1) ?? 0, LEAST))
  return [...widths.slice(0, -1), last]
}
