// What was measured with tables of one size.
import { nanoseconds, ratio, table } from '../node/table.mjs'

export class Results {
  #outcomes = new Map()
  #faults = new Map()
  #cut = new Map()

  constructor(rows, contenders) {
    this.rows = rows
    this.contenders = contenders
  }

  /** Adds what a contender took for a line once, and of how many operations. */
  add(line, contender, { nanoseconds: time, done }, asked) {
    const own = `${line.id} ${contender.id}`
    if (done < asked && !this.#outcomes.has(own))
      this.#cut.set(own, `${done} of ${asked.toLocaleString('en')}`)
    this.#outcomes.set(own, [...(this.#outcomes.get(own) ?? []), time / done / (line.each ?? 1)])
  }

  /** Says why a contender takes no part. */
  leaveOut(contender, fault) {
    this.#faults.set(contender, fault)
  }

  /** Nanoseconds of each of what a line is about, the median; `undefined` when there are none. */
  time(line, { id }) {
    const times = (this.#outcomes.get(`${line.id} ${id}`) ?? []).toSorted((one, other) => one - other)
    return times[Math.floor(times.length / 2)]
  }

  /** The table of times, each with how many times that of the first contender it is. */
  table(lines, markdown) {
    const present = this.contenders.filter((contender) => !this.#faults.has(contender))
    const cell = (line) => (contender) => {
      const [time, first] = [contender, present[0]].map((each) => this.time(line, each))
      if (time === undefined) return '-'
      const times = contender === present[0] || first === undefined ? '' : ` (${ratio(time / first)})`
      const cut = this.#cut.get(`${line.id} ${contender.id}`)
      return `${nanoseconds(time)}${times}${cut === undefined ? '' : ` [${cut}]`}`
    }
    const rows = lines.map((line) => [line.title, ...present.map(cell(line))])
    const title = `${this.rows.toLocaleString('en')} rows; in brackets how many times that of ${present[0]?.name}, and in square ones how many operations there was time for`
    const heading = ['task', ...present.map(({ name }) => name)]
    const faults = [...this.#faults].map(([{ name }, fault]) => `${name} takes no part: ${fault}`)
    return [
      '',
      title,
      '',
      ...table(heading, rows, markdown),
      ...(faults.length > 0 ? ['', ...faults] : []),
    ].join('\n')
  }
}
