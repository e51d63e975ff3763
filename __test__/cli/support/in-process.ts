import { Buffer } from 'node:buffer'
import { Readable, Writable } from 'node:stream'
import type { Context, OutputStream } from '../../../ts/cli/context.js'
import { run } from '../../../ts/cli/main.js'

/** What a command printed and handed back. */
export interface Outcome {
  code: number
  stdout: string
  stderr: string
  /** Standard output, byte for byte. */
  bytes: Buffer
}

export interface RunOptions {
  cwd?: string
  stdin?: string | Uint8Array | Readable
  env?: Record<string, string>
  /** Standard input, output and error are terminals. */
  terminal?: boolean
  signal?: AbortSignal
}

/** A stream that keeps what is written to it. */
export class Sink extends Writable {
  readonly chunks: Buffer[] = []
  isTTY = false
  columns = 80

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(Buffer.from(chunk))
    done()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }

  override toString(): string {
    return this.bytes.toString('utf8')
  }
}

/** The environment in which commands run: nothing of the machine's Git configuration, and an identity. */
export const environment: Record<string, string> = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada Lovelace',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada Lovelace',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  CI: '',
}

// The library and the git program read the environment of the process.
Object.assign(process.env, environment)

/** A context of streams that are kept, for running commands in this process. */
export function context(options: RunOptions = {}): Context & { stdout: Sink; stderr: Sink } {
  const stdout = new Sink()
  const stderr = new Sink()
  stdout.isTTY = stderr.isTTY = options.terminal ?? false
  const { stdin = '' } = options
  const input =
    stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin as string)], { objectMode: false })
  return {
    stdin: Object.assign(input, { isTTY: options.terminal ?? false }),
    stdout: stdout satisfies OutputStream,
    stderr: stderr satisfies OutputStream,
    cwd: options.cwd ?? process.cwd(),
    env: { ...environment, ...options.env },
    signal: options.signal ?? new AbortController().signal,
  }
}

/** Runs one command line in this process. */
export async function cli(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const streams = context(options)
  const code = await run(args, streams)
  return {
    code,
    stdout: String(streams.stdout),
    stderr: String(streams.stderr),
    bytes: streams.stdout.bytes,
  }
}

/** Runs a command line that must succeed, and gives what it printed. */
export async function ok(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await cli(args, options)
  if (code !== 0) throw new Error(`git-prolly ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}
