import { createInterface, type Interface } from 'node:readline'
import { splitStatements } from '../../sql/split.js'
import { shortId } from '../commits.js'
import { BrokenPipe } from '../output.js'
import { printError } from '../report.js'
import type { BytesStore, Session } from '../session.js'
import { complete } from './completer.js'
import { History } from './history.js'
import type { Parameters } from './parameters.js'
import type { Runner } from './runner.js'
import { located } from './script.js'
import { runShellCommand } from './shell-commands.js'

/** What the user does: types a line, presses Ctrl-C, or ends the input. */
type Event = { readonly line: string } | 'interrupt' | 'end'

/** A shell of SQL: statements are read, run and answered in turn, and an error does not end it. */
export class Shell {
  readonly #session: Session
  readonly #runner: Runner
  readonly #parameters: Parameters
  readonly #revision: string | undefined
  readonly #events: Event[] = []
  #arrived: (() => void) | undefined
  #store: BytesStore | undefined
  #closed = false
  #running = false
  /** The lines of a statement that is not complete. */
  #typed = ''

  /** @param revision The revision that is read; `undefined` for what is staged. */
  constructor(session: Session, runner: Runner, parameters: Parameters, revision: string | undefined) {
    this.#session = session
    this.#runner = runner
    this.#parameters = parameters
    this.#revision = revision
  }

  /** Reads and runs until the input ends or `.quit` is typed. */
  async run(): Promise<void> {
    const { context } = this.#session
    this.#store = await this.#session.store()
    const history = await this.#history()
    const isTerminal = context.stdin.isTTY === true && context.stderr.isTTY === true
    const lines = createInterface({
      input: context.stdin,
      // Rows may go elsewhere, and what is no data does not go there.
      output: context.stderr,
      terminal: isTerminal,
      history: [...history.lines],
      removeHistoryDuplicates: true,
      completer: (line: string) => this.#complete(line),
    })
    lines.on('line', (line) => this.#take({ line }))
    lines.on('close', () => {
      this.#closed = true
      this.#take('end')
    })
    lines.on('SIGINT', () => this.#interrupt())
    if (isTerminal) this.#session.notify('".help" lists commands; a statement ends with ";"')
    try {
      await this.#loop(lines, history)
    } finally {
      lines.close()
    }
    if (this.#runner.database.inTransaction) {
      this.#session.notify('warning: the transaction was not ended: what it wrote is dropped')
    }
  }

  async #loop(lines: Interface, history: History): Promise<void> {
    for (;;) {
      // There may be lines left when the input has ended.
      if (this.#closed) this.#session.context.stderr.write(this.#prompt())
      else {
        lines.setPrompt(this.#prompt())
        lines.prompt()
      }
      const event = await this.#next()
      if (event === 'end') {
        this.#session.notify('')
        return
      }
      if (event === 'interrupt') {
        this.#typed = ''
        this.#drop(lines)
        continue
      }
      await this.#keep(event.line, history)
      this.#running = true
      const ended = await this.#do(event.line)
      this.#running = false
      if (ended) return
    }
  }

  /** Runs what a line completes. Returns whether the shell ends. */
  async #do(line: string): Promise<boolean> {
    const session = this.#session
    try {
      if (this.#typed === '' && line.trimStart().startsWith('.')) {
        const { database } = this.#runner
        return await runShellCommand(line, { database, session, revision: this.#revision })
      }
      const text = this.#typed === '' ? line : `${this.#typed}\n${line}`
      const { statements, starts, rest } = splitStatements(text)
      this.#typed = rest.trimStart()
      for (const [index, bound] of this.#parameters.bind(statements, false).entries()) {
        try {
          await this.#runner.run(bound)
        } catch (error) {
          throw located(error, { text, name: '' }, starts[index] ?? 0, statements.length > 1)
        }
      }
    } catch (error) {
      if (error instanceof BrokenPipe || session.context.signal.aborted) throw error
      await session.output.flush()
      await printError(error, session)
    } finally {
      await session.output.flush()
    }
    return false
  }

  #prompt(): string {
    if (this.#typed !== '') return '   ...> '
    const { database } = this.#runner
    return `${this.#where()}${database.inTransaction ? '*' : ''}> `
  }

  #where(): string {
    if (this.#revision !== undefined) return `${this.#revision} (read-only)`
    const { branch, commit } = this.#store?.head() ?? {}
    return branch ?? shortId(commit ?? '')
  }

  #complete(line: string): [string[], string] {
    try {
      return complete(line, this.#runner.database.queries)
    } catch {
      // Whoever presses Tab wants no error in the middle of what is typed.
      return [[], line]
    }
  }

  #take(event: Event): void {
    this.#events.push(event)
    this.#arrived?.()
  }

  async #next(): Promise<Event> {
    for (;;) {
      const event = this.#events.shift()
      if (event !== undefined) return event
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }

  /** Ctrl-C drops what is typed; while a statement runs, what it changes or answers, and pressed again then it ends the command. */
  #interrupt(): void {
    if (!this.#running) this.#take('interrupt')
    else if (this.#runner.isStopped) process.kill(process.pid, 'SIGINT')
    else this.#runner.stop()
  }

  /** Empties the line. */
  #drop(lines: Interface): void {
    lines.write(null, { ctrl: true, name: 'e' })
    lines.write(null, { ctrl: true, name: 'u' })
    this.#session.context.stderr.write('^C\n')
  }

  async #history(): Promise<History> {
    try {
      return await History.read(this.#session.context)
    } catch (error) {
      this.#noHistory(error)
      return History.none()
    }
  }

  async #keep(line: string, history: History): Promise<void> {
    try {
      await history.add(line)
    } catch (error) {
      this.#noHistory(error)
    }
  }

  #saidNoHistory = false

  #noHistory(error: unknown): void {
    if (this.#saidNoHistory) return
    this.#saidNoHistory = true
    const reason = error instanceof Error ? error.message : String(error)
    this.#session.notify(`warning: the history is not kept: ${reason}`)
  }
}
