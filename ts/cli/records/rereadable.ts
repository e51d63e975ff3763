import type { Buffer } from 'node:buffer'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileChunks } from '../input.js'
import type { Session } from '../session.js'

/** An input that can be read several times: a file as it is, and what cannot be read again through a temporary file. */
export class Rereadable implements AsyncDisposable {
  readonly #session: Session
  readonly #path: string
  /** The folder that goes with it. */
  readonly #temporary: string | undefined

  private constructor(session: Session, path: string, temporary?: string) {
    this.#session = session
    this.#path = path
    this.#temporary = temporary
  }

  /** @param file The file; `undefined` for standard input. */
  static async open(file: string | undefined, session: Session): Promise<Rereadable> {
    // What is missing is said by whoever reads it.
    const isFile =
      file !== undefined && ((await stat(session.path(file)).catch(() => undefined))?.isFile() ?? true)
    if (isFile) return new Rereadable(session, file)
    const folder = await mkdtemp(join(tmpdir(), 'git-prolly-'))
    const path = join(folder, 'input')
    const source = file === undefined ? session.context.stdin : fileChunks(file, session)
    try {
      await pipeline(source, createWriteStream(path, { mode: 0o600 }), { signal: session.context.signal })
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
    return new Rereadable(session, path, folder)
  }

  /** All of it, from the beginning. */
  chunks(): AsyncGenerator<Buffer> {
    return fileChunks(this.#path, this.#session)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#temporary !== undefined) await rm(this.#temporary, { recursive: true, force: true })
  }
}
