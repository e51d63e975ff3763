/**
 * Remembers where each record was in its input, in little memory: only where the distance between a record's number
 * and its place changes (a blank line, a field with a line break) is something kept.
 */
export class Places {
  readonly #indexes: number[] = []
  readonly #offsets: number[] = []
  #count = 0

  /** How many records there were. */
  get count(): number {
    return this.#count
  }

  /** The next record is at `place`. */
  add(place: number): void {
    const offset = place - this.#count
    if (offset !== this.#offsets.at(-1)) {
      this.#indexes.push(this.#count)
      this.#offsets.push(offset)
    }
    this.#count += 1
  }

  /** The place of a record, by its number from 0. */
  of(index: number): number {
    const at = this.#indexes.findLastIndex((first) => first <= index)
    return index + (this.#offsets[at] ?? 0)
  }
}
