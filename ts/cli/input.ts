import { Buffer } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { InputStream } from './context.js'
import type { Session } from './session.js'

const CHUNK_BYTES = 256 * 1024

/** Everything a stream holds. */
export async function readAll(stream: InputStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

/** The bytes of the file that an argument names, or of standard input for "-". */
export async function readValue(argument: string, session: Session): Promise<Buffer> {
  return argument === '-' ? readAll(session.context.stdin) : readFile(session.path(argument))
}

/** The bytes of a file in large pieces. */
export function fileChunks(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })
}
