import { resolve } from 'node:path'
import type { KeyValueReader, KeyValueStore, KvSnapshot, VersionedKvStore } from '../index.js'
import type * as Api from '../index.js'
import type { Context } from './context.js'
import { ExitCode } from './exit-codes.js'
import { Output } from './output.js'
import type { Pager } from './pager.js'
import { Progress } from './progress.js'
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
/** One key space of it, to read and write. */
export type BytesMap = KeyValueStore<Buffer, Buffer>
/** One key space of it or of a version of the past, to read. */
export type BytesReader = KeyValueReader<Buffer, Buffer>

/** A version of the past. */
export type BytesSnapshot = KvSnapshot<Buffer, Buffer>

type Library = typeof Api

const BYTES = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const

/** One run of the command: its context, its global options, and what has to be closed at its end. */
export class Session {
  readonly context: Context
  /** Where data goes: standard output, or the pager. */
  output: Output
  /** What the command hands back to the shell when it does not throw. */
  exitCode: ExitCode = ExitCode.ok
  /** How many arguments stood after "--". */
  separated = 0
  #options: GlobalOptions = { pager: true, color: 'auto' }
  #pager: Pager | undefined
  #store: BytesStore | undefined
  readonly #resources: { close(): void | Promise<void> }[] = []

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
   * The library. Only here the native addon is loaded, so that help and usage errors do not wait for it.
   */
  library(): Promise<Library> {
    return import('../index.js')
  }

  /** Opens the store that the folder is in, or that `--git-dir` or `GIT_DIR` names. The session's end closes it. */
  async store(): Promise<BytesStore> {
    if (this.#store) return this.#store
    const { VersionedKvStore } = await this.library()
    const gitDir = this.#options.gitDir ?? this.context.env.GIT_DIR
    return this.#keep(
      gitDir
        ? VersionedKvStore.open(this.path(gitDir), BYTES)
        : VersionedKvStore.open(this.directory, { ...BYTES, discover: true }),
    )
  }

  /** The Git directory of the store that the folder is in, or that `--git-dir` or `GIT_DIR` names. It is not opened. */
  async place(): Promise<string> {
    const { VersionedKvStore } = await this.library()
    const gitDir = this.#options.gitDir ?? this.context.env.GIT_DIR
    return gitDir ? this.path(gitDir) : VersionedKvStore.locate(this.directory)
  }

  /** Makes a store. */
  async init(directory: string, options: Pick<Api.InitOptions, 'branch' | 'storage'>): Promise<BytesStore> {
    const { VersionedKvStore } = await this.library()
    return this.#keep(VersionedKvStore.init(directory, { ...BYTES, ...options }))
  }

  /** Clones a store. */
  async clone(
    url: string,
    directory: string,
    options: Pick<Api.CloneOptions, 'storage' | 'onProgress'>,
  ): Promise<BytesStore> {
    const { VersionedKvStore } = await this.library()
    const { signal } = this.context
    return this.#keep(VersionedKvStore.clone(url, directory, { ...BYTES, ...options, signal }))
  }

  /** The key space to write to. */
  async writable(namespace: string | undefined): Promise<BytesMap> {
    const store = await this.store()
    return namespace === undefined ? store : store.namespace(namespace)
  }

  /** The key space to read: of the working state, or of a version of the past. */
  async readable({
    at,
    namespace,
  }: {
    at?: string | undefined
    namespace?: string | undefined
  }): Promise<BytesReader> {
    const version = await this.version(at)
    return namespace === undefined ? version : version.namespace(namespace)
  }

  /** The working state, or a version of the past. */
  async version(revision: string | undefined): Promise<BytesStore | BytesSnapshot> {
    const store = await this.store()
    return revision === undefined ? store : this.#closing(await store.at(revision))
  }

  async #keep(opening: Promise<BytesStore>): Promise<BytesStore> {
    this.#store = this.#closing(await opening)
    return this.#store
  }

  #closing<T extends { close(): void | Promise<void> }>(resource: T): T {
    this.#resources.push(resource)
    return resource
  }

  /**
   * Waits for what may take long, and says meanwhile on the terminal what is being done: "merging", or what is told of it, unless
   * the command is to be quiet.
   */
  async during<T>(label: string, work: (tell: Progress['tell']) => Promise<T>, quiet = false): Promise<T> {
    const progress = new Progress(this.context, label, '', quiet)
    try {
      return await work(progress.tell)
    } finally {
      progress.done()
    }
  }

  /** Sends what follows through the pager, when standard output is a terminal. */
  async page(): Promise<void> {
    if (this.#pager || !this.output.isTerminal || !this.#options.pager) return
    // Loaded only when it is needed, because starting processes takes a large part of Node.
    const { pagerCommand, startPager } = await import('./pager.js')
    const command = pagerCommand(this.context, this.directory, this.#options.gitDir)
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
      for (const resource of this.#resources.toReversed()) await resource.close()
    }
  }
}
