import { Buffer } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { InputStream } from './context.js'
import { codeOf } from './errors.js'
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
  if (argument === '-') return readAll(session.context.stdin)
  return readFile(session.path(argument)).catch((error: unknown) => {
    throw naming(error, argument)
  })
}

/** The bytes of the file that an argument names, in large pieces. */
export async function* fileChunks(argument: string, session: Session): AsyncGenerator<Buffer> {
  const { signal } = session.context
  const stream = createReadStream(session.path(argument), { highWaterMark: CHUNK_BYTES, signal })
  try {
    yield* stream as AsyncIterable<Buffer>
  } catch (error) {
    throw naming(error, argument)
  }
}

/** Node opens a folder, fails to read it, and then does not say which. */
function naming(error: unknown, argument: string): unknown {
  if (error instanceof Error && codeOf(error) === 'EISDIR') error.message += ` '${argument}'`
  return error
}
