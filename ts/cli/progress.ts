import type { StageProgress } from '../index.js'
import type { Context } from './context.js'

const SHOW_AFTER_MS = 500
const REDRAW_MS = 100
/** Columns of a terminal that does not say how many it has. */
const COLUMNS = 80
/** The cells of a bar, at most and at least: a narrower terminal has none. */
const BAR_MAX = 40
const BAR_MIN = 5

/**
 * A line on the terminal that says how far a long task is.
 *
 * It appears half a second after the task began, only when standard error is a terminal, and is wiped when the task
 * ends. What is told of a stage takes the place of the label: with a bar when its end is known. `update` may be called once per
 * record: it looks at the clock only now and then.
 */
export class Progress {
  readonly #context: Context
  readonly #unit: string
  readonly #enabled: boolean
  readonly #began = performance.now()
  readonly #timer: NodeJS.Timeout | undefined
  #now: StageProgress
  #drawnAt = 0
  #drawn = false

  /**
   * @param label What is being done: "importing".
   * @param unit What is counted: "records"; empty when nothing is.
   * @param quiet Whether to say nothing.
   */
  constructor(context: Context, label: string, unit = '', quiet = false) {
    this.#context = context
    this.#now = { stage: label, done: 0 }
    this.#unit = unit
    this.#enabled = !quiet && context.stderr.isTTY === true && !context.env.CI && context.env.TERM !== 'dumb'
    if (this.#enabled) this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref()
  }

  /** Says how much is done by now. */
  update(count: number): void {
    this.#now = { ...this.#now, done: count }
    if (this.#enabled && count % 1024 === 0) this.#draw()
  }

  /** Says what is being done now, and how much of it is. */
  readonly tell = (progress: StageProgress): void => {
    this.#now = progress
    if (this.#enabled) this.#draw()
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
    const { stderr } = this.#context
    const line = progressLine(this.#now, this.#unit, elapsed, stderr.columns || COLUMNS)
    stderr.write(`\r\u001b[K${line}`)
  }
}

/** How far a task is, in less than so many columns: in all of them, a terminal may begin the next line. */
export function progressLine(
  { stage, done, total }: StageProgress,
  unit: string,
  elapsed: number,
  columns: number,
): string {
  const time = `${(elapsed / 1000).toFixed(1)} s`
  const line = total ? barred(stage, done, total, time, columns) : counting(stage, done, unit, time)
  return line.slice(0, Math.max(columns - 1, 0))
}

function counting(stage: string, done: number, unit: string, time: string): string {
  if (unit !== '') return `${stage}: ${done.toLocaleString('en')} ${unit}, ${time}`
  return done === 0 ? `${stage}: ${time}` : `${stage}: ${done.toLocaleString('en')}, ${time}`
}

function barred(stage: string, done: number, total: number, time: string, columns: number): string {
  const part = Math.min(done / total, 1)
  const percent = `${Math.floor(part * 100)}%`.padStart(4)
  const figures = `${percent} (${done.toLocaleString('en')}/${total.toLocaleString('en')}), ${time}`
  const room = columns - 1 - `${stage}: [] ${figures}`.length
  if (room < BAR_MIN) return `${stage}:${figures}`
  const cells = Math.min(room, BAR_MAX)
  const full = Math.floor(part * cells)
  return `${stage}: [${'#'.repeat(full)}${' '.repeat(cells - full)}] ${figures}`
}
