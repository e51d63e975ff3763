import type { RecordFormat } from './source-record.js'

/** What stands around the texts of JSON objects: line breaks in NDJSON, the brackets and commas of an array in JSON. */
export class JsonFrame {
  readonly #isArray: boolean
  #isEmpty = true

  constructor(format: Exclude<RecordFormat, 'csv'>) {
    this.#isArray = format === 'json'
  }

  /** The next object, with what stands before or behind it. */
  next(text: string): string {
    if (!this.#isArray) return `${text}\n`
    const before = this.#isEmpty ? '[\n' : ',\n'
    this.#isEmpty = false
    return before + text
  }

  /** What stands behind the last one. */
  end(): string {
    if (!this.#isArray) return ''
    return this.#isEmpty ? '[]\n' : '\n]\n'
  }
}
