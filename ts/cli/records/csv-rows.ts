import { type Buffer, isUtf8 } from 'node:buffer'
import { csvLine } from './csv-line.js'
import { type EntryText, notExportable } from './entry-text.js'

/**
 * Turns entries into the lines of a CSV file that `import` reads back.
 *
 * CSV holds nothing but strings, and one list of columns for all rows. The first entry decides the columns; an entry
 * that does not fit is an error, because it would come back as another one.
 */
export class CsvRows {
  readonly #text: EntryText | undefined
  #columns: readonly string[] | undefined

  /** @param text Makes the record of an entry; without it the columns are `key` and `value`. */
  constructor(text?: EntryText) {
    this.#text = text
    if (!text) this.#columns = ['key', 'value']
  }

  /** The header line, once the columns are known. */
  get header(): string | undefined {
    return this.#columns && csvLine(this.#columns)
  }

  /** The line of an entry. */
  row(key: Buffer, value: Buffer): string {
    if (!this.#text) {
      if (!isUtf8(key) || !isUtf8(value)) throw notExportable(key, 'CSV holds only UTF-8')
      return csvLine([key.toString('utf8'), value.toString('utf8')])
    }
    const text = this.#text(key, value)
    const fields = stringFields(text)
    if (!fields) throw notExportable(key, 'CSV holds only records whose fields are all strings')
    this.#columns ??= fields.map(([name]) => name)
    const columns = this.#columns
    if (fields.length !== columns.length || fields.some(([name], index) => name !== columns[index])) {
      throw notExportable(key, `its fields are not ${columns.join(', ')}, as those of the first record`)
    }
    return csvLine(fields.map(([, field]) => field))
  }
}

// A field whose value is a string. Names are read from the text because objects put numeric names first.
const STRING_FIELD = /("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*")/g

/** The fields of a flat JSON object of strings in their order, or undefined when the text is anything else. */
function stringFields(text: string): [name: string, value: string][] | undefined {
  const fields = Array.from(
    text.matchAll(STRING_FIELD),
    ([, name = '""', value = '""']): [string, string] => [
      JSON.parse(name) as string,
      JSON.parse(value) as string,
    ],
  )
  const rebuilt = fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')
  return fields.length > 0 && `{${rebuilt}}` === text ? fields : undefined
}
