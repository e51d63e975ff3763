// What was measured at one size and kind of values.

/** The outcomes of all tasks and contenders. */
export class Results {
  #outcomes = new Map()

  constructor(size, kind, contenders) {
    this.size = size
    this.kind = kind
    this.contenders = contenders
  }

  /** Adds what one run of a task gave. */
  add(task, contender, outcome) {
    const own = `${task.id} ${contender}`
    this.#outcomes.set(own, [...(this.#outcomes.get(own) ?? []), outcome])
  }

  /** Nanoseconds of each operation of a task, the median; `undefined` when there are none. */
  time(task, contender) {
    const nanoseconds = this.median(task, contender, 'nanoseconds')
    return nanoseconds === undefined ? undefined : nanoseconds / task.operations(this.size)
  }

  /** The median of what a task gave: `nanoseconds`, `written`, `memory` or `size`. */
  median(task, contender, what) {
    const values = (this.#outcomes.get(`${task.id} ${contender}`) ?? [])
      .map((outcome) => outcome[what])
      .filter((value) => value !== undefined)

      .toSorted((one, other) => one - other)
    return values[Math.floor(values.length / 2)]
  }

  /** Why a contender took no part in a task. */
  reason(task, contender) {
    return this.#outcomes.get(`${task.id} ${contender}`)?.[0].reason
  }
}
