import { resolve } from 'node:path'
import type { VersionedKvStore } from '../index.js'
import type { Context } from './context.js'
import { ExitCode } from './exit-codes.js'
import { Output } from './output.js'
import { type Pager, pagerCommand, startPager } from './pager.js'
import { type ColorChoice, type Style, styleFor } from './style.js'

/** The options that stand before the command. */
export interface GlobalOptions {
  /** `-C`, in the order given: each is relative to the one before. */
  readonly C?: readonly string[] | undefined
  readonly gitDir?: string | undefined
  readonly pager: boolean
  readonly color: ColorChoice
  readonly debug?: boolean | undefined
}

/** A store whose keys and values are bytes. */
export type BytesStore = VersionedKvStore<Buffer, Buffer>

/** One run of the command: its context, its global options, and what has to be closed at its end. */
export class Session {
  readonly context: Context
  /** Where data goes: standard output, or the pager. */
  output: Output
  /** What the command hands back to the shell when it does not throw. */
  exitCode: ExitCode = ExitCode.ok
  #options: GlobalOptions = { pager: true, color: 'auto' }
  #pager: Pager | undefined
  #store: BytesStore | undefined

  constructor(context: Context) {
    this.context = context
    this.output = new Output(context.stdout)
  }

  /** Takes over the global options, once they are parsed. */
  configure(options: GlobalOptions): void {
    this.#options = options
  }

  get options(): GlobalOptions {
    return this.#options
  }

  /** The folder the command works in, after `-C`. */
  get directory(): string {
    return resolve(this.context.cwd, ...(this.#options.C ?? []))
  }

  /** A pager shows the output, and interrupts are for it. */
  get isPaging(): boolean {
    return this.#pager !== undefined
  }

  /** How data is coloured. */
  get style(): Style {
    return styleFor(this.context, this.context.stdout, this.#options.color)
  }

  /** A path given as an argument, seen from the folder the command works in. */
  path(argument: string): string {
    return resolve(this.directory, argument)
  }

  /** Says something that is no data. */
  notify(text: string): void {
    this.context.stderr.write(`${text}\n`)
  }

  /**
   * Opens the store that the folder is in, or that `--git-dir` or `GIT_DIR` names. It is closed when the command ends.
   *
   * Only here the native addon is loaded, so that help and usage errors do not wait for it.
   */
  async store(): Promise<BytesStore> {
    const { VersionedKvStore } = await import('../index.js')
    const gitDir = this.#options.gitDir ?? this.context.env.GIT_DIR
    this.#store ??= await VersionedKvStore.open(gitDir ? this.path(gitDir) : this.directory, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      discover: gitDir === undefined,
    })
    return this.#store
  }

  /** Sends what follows through the pager, when standard output is a terminal. */
  page(): void {
    if (this.#pager || !this.output.isTerminal || !this.#options.pager) return
    const command = pagerCommand(this.context, this.directory)
    if (command === undefined) return
    this.#pager = startPager(command, this.context, this.directory)
    this.output.detach()
    this.output = new Output(this.#pager.input)
  }

  /** Writes what is left, waits for the pager, and closes the store. */
  async close(): Promise<void> {
    try {
      await this.output.flush()
    } finally {
      this.output.detach()
      await this.#pager?.closed()
      await this.#store?.close()
    }
  }
}
