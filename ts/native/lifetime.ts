import { ClosedError } from '../errors/closed-error.js'

/**
 * Whether something is still open. What is opened from something else is closed with it.
 */
export class Lifetime {
  readonly #what: string
  readonly #parent: Lifetime | undefined
  /** Not read: whoever holds the lifetime holds what it is of. */
  readonly owner: object | undefined
  #open = true
  #running = 0
  #whenIdle: (() => void) | undefined

  /**
   * @param what - What is open, for the message: `store`.
   * @param parent - What it was opened from.
   * @param owner - What must not be forgotten as long as anything that was opened from it is in use.
   */
  constructor(what: string, parent?: Lifetime, owner?: object) {
    this.#what = what
    this.#parent = parent
    this.owner = owner
  }

  /** Whether this and all it was opened from are open. */
  get open(): boolean {
    return this.#open && (this.#parent === undefined || this.#parent.open)
  }

  /** Closes it; false when it was closed before. */
  close(): boolean {
    const open = this.#open
    this.#open = false
    return open
  }

  /** @throws {@link ClosedError} unless it is open. */
  check(): void {
    if (!this.#open) throw new ClosedError(`the ${this.#what} is closed`, { details: { what: this.#what } })
    this.#parent?.check()
  }

  /** Says that asynchronous work has begun. */
  begin(): void {
    this.#running++
    this.#parent?.begin()
  }

  /** Says that it has ended. */
  end(): void {
    this.#running--
    if (this.#running === 0) this.#whenIdle?.()
    this.#parent?.end()
  }

  /** Waits until no work is under way. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
  }
}
