import type { OutputStream } from './context.js'

const BATCH_BYTES = 64 * 1024

/** The reader of our output went away (`git-prolly log | head`): stop quietly. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe'
}

/**
 * Writes to a stream in batches of 64 KiB and at the reader's pace.
 *
 * `write` only collects. A loop over many lines asks `isFull` after each and awaits `drained()`
 * when it is, which costs a promise per batch instead of one per line.
 */
export class Output {
  readonly #stream: OutputStream
  #chunks: (string | Uint8Array)[] = []
  #bytes = 0
  #broken: Error | undefined

  constructor(stream: OutputStream) {
    this.#stream = stream
    stream.on('error', this.#onError)
  }

  /** The stream is a terminal. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  /** Enough is collected: await `drained()` before writing more. */
  get isFull(): boolean {
    return this.#bytes >= BATCH_BYTES
  }

  write(chunk: string | Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  line(text: string): void {
    this.write(`${text}\n`)
  }

  /**
   * Hands what is collected to the stream, and waits until the stream takes more.
   *
   * @throws BrokenPipe when nobody reads any more.
   */
  async drained(): Promise<void> {
    const accepted = this.#hand(() => undefined)
    if (!accepted) await this.#ready()
    this.#throwIfBroken()
  }

  /** Writes what is left, and waits until all of it is out of this process. The stream stays open. */
  async flush(): Promise<void> {
    if (this.#bytes > 0) await new Promise<void>((resolve) => void this.#hand(resolve))
    if (this.#broken) this.#throwIfBroken()
  }

  /** Waits until the stream takes more, or never will. */
  #ready(): Promise<void> {
    const stream = this.#stream
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close', 'error']) stream.off(event, done)
        resolve()
      }
      for (const event of ['drain', 'close', 'error']) stream.on(event, done)
    })
  }

  /** Stops listening to the stream. */
  detach(): void {
    this.#stream.off('error', this.#onError)
  }

  /** Writes what is collected; `written` is called when it is out, or cannot be. */
  #hand(written: () => void): boolean {
    const pieces = [...joinStrings(this.#chunks)]
    this.#chunks = []
    this.#bytes = 0
    this.#throwIfBroken()
    const last = pieces.pop() ?? ''
    for (const piece of pieces) this.#stream.write(piece)
    return this.#stream.write(last, (error) => {
      if (error) this.#broken ??= error
      written()
    })
  }

  readonly #onError = (error: Error): void => {
    this.#broken ??= error
  }

  #throwIfBroken(): void {
    const error = this.#broken as NodeJS.ErrnoException | undefined
    if (error === undefined) {
      if (this.#stream.destroyed || this.#stream.writableEnded) throw new BrokenPipe()
      return
    }
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') throw new BrokenPipe()
    throw error
  }
}

/** Neighbouring strings as one, so that a batch of lines is one write. */
function* joinStrings(chunks: readonly (string | Uint8Array)[]): Generator<string | Uint8Array> {
  let text: string[] = []
  for (const chunk of chunks) {
    if (typeof chunk === 'string') {
      text.push(chunk)
      continue
    }
    if (text.length > 0) yield text.join('')
    text = []
    yield chunk
  }
  if (text.length > 0) yield text.join('')
}
