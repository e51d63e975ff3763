import type { Readable, Writable } from 'node:stream'

/** A stream the command writes to; `isTTY` and `columns` as Node's terminal streams have them. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number }

/** A stream the command reads from. */
export type InputStream = Readable & { isTTY?: boolean }

/**
 * Everything a command may touch of the process it runs in, so that tests run commands in their
 * own process with streams, a folder and an environment of their own.
 */
export interface Context {
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted when the user interrupts the command. */
  readonly signal: AbortSignal
}
