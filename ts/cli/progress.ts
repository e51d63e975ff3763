import type { Context } from './context.js'

const SHOW_AFTER_MS = 500
const REDRAW_MS = 100

/**
 * A line on the terminal that says how far a long task is.
 *
 * It appears half a second after the task began, only when standard error is a terminal, and is wiped when the task
 * ends. `update` may be called once per record: it looks at the clock only now and then.
 */
export class Progress {
  readonly #context: Context
  readonly #label: string
  readonly #unit: string
  readonly #enabled: boolean
  readonly #began = performance.now()
  readonly #timer: NodeJS.Timeout | undefined
  #count = 0
  #drawnAt = 0
  #drawn = false

  /**
   * @param label What is being done: "importing".
   * @param unit What is counted: "records"; empty when nothing is.
   */
  constructor(context: Context, label: string, unit = '') {
    this.#context = context
    this.#label = label
    this.#unit = unit
    this.#enabled = context.stderr.isTTY === true && !context.env.CI && context.env.TERM !== 'dumb'
    if (this.#enabled) this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref()
  }

  /** Says how much is done by now. */
  update(count: number): void {
    this.#count = count
    if (this.#enabled && count % 1024 === 0) this.#draw()
  }

  /** Wipes the line. */
  done(): void {
    clearInterval(this.#timer)
    if (this.#drawn) this.#context.stderr.write('\r\u001b[K')
    this.#drawn = false
  }

  #draw(): void {
    const now = performance.now()
    const elapsed = now - this.#began
    if (elapsed < SHOW_AFTER_MS || now - this.#drawnAt < REDRAW_MS) return
    this.#drawnAt = now
    this.#drawn = true
    const counted = this.#unit === '' ? '' : ` ${this.#count.toLocaleString('en')} ${this.#unit},`
    this.#context.stderr.write(`\r\u001b[K${this.#label}:${counted} ${(elapsed / 1000).toFixed(1)} s`)
  }
}
