import { Writable } from 'node:stream'
import { plainBytes } from '../encoding/transcoder.js'
import { type CallSite, callSite } from '../errors/stack.js'
import { now } from '../native/call.js'
import { checkOptions } from '../options/check.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { AnyEncodings, MapHandle } from './map-handle.js'
import { checkHighWaterMark, destroyWhenAborted, streamed } from './value-stream.js'
import type { NativeValueWriter } from '#native'

/** How a stream takes a value. */
export interface WriteStreamOptions extends AbortOptions {
  /** Bytes that are waiting when `write` begins to answer `false`: 256 KiB unless told otherwise. */
  readonly highWaterMark?: number
}

const NAMES = ['highWaterMark', 'signal', 'keyEncoding']
const HIGH_WATER_MARK = 256 * 1024
/** The most bytes that are copied for the addon at once. */
const PIECE = 1024 * 1024

type Callback = (error?: Error | null) => void

/** What a stream writes. */
interface Writing {
  readonly handle: MapHandle
  readonly native: NativeValueWriter
  readonly site: CallSite
}

/**
 * Begins to take the value of a key.
 *
 * @internal
 */
export function writeStream(
  handle: MapHandle,
  key: unknown,
  options: (WriteStreamOptions & AnyEncodings) | undefined = {},
): Writable {
  const site = callSite()
  checkOptions(options, NAMES)
  const { highWaterMark = HIGH_WATER_MARK, signal } = options
  checkHighWaterMark(highWaterMark)
  checkSignal(signal)
  const bytes = plainBytes(handle.transcoders(options).keys.plain(key, 'key'), 'key')
  handle.lifetime.check()
  const native = now(() => handle.native.valueWriter(bytes))
  return new ValueWriteStream({ handle, native, site }, highWaterMark, signal)
}

class ValueWriteStream extends Writable {
  readonly #writing: Writing
  readonly #forgetSignal: () => void
  /** The last step, from its beginning on. */
  #finishing: Promise<void> | undefined

  constructor(writing: Writing, highWaterMark: number, signal: AbortSignal | undefined) {
    super({ highWaterMark })
    this.#writing = writing
    this.#forgetSignal = destroyWhenAborted(this, signal, () => this.#finishing !== undefined)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    void settle(this.#take([chunk]), callback)
  }

  override _writev(chunks: readonly { chunk: Buffer }[], callback: Callback): void {
    const buffers = chunks.map(({ chunk }) => chunk)
    void settle(this.#take(buffers), callback)
  }

  override _final(callback: Callback): void {
    const { handle, native, site } = this.#writing
    this.#finishing = streamed(handle.lifetime, site, () => native.finish())
    void settle(this.#finishing, callback)
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#forgetSignal()
    this.#writing.native.close()
    // After `close` nothing happens any more. A last step that fails now was told to.
    const end = (): void => callback(error)
    if (this.#finishing === undefined) end()
    else this.#finishing.then(end, end)
  }

  async #take(buffers: readonly Buffer[]): Promise<void> {
    const { handle, native, site } = this.#writing
    for (const piece of pieces(buffers)) {
      if (this.destroyed) return
      await streamed(handle.lifetime, site, () => native.write(piece))
    }
  }
}

/** Tells the stream how work ended. */
async function settle(work: Promise<void>, callback: Callback): Promise<void> {
  try {
    await work
  } catch (error) {
    callback(error as Error)
    return
  }
  callback()
}

/** The same bytes in few pieces, none of them longer than {@link PIECE}. */
function* pieces(buffers: readonly Buffer[]): Generator<Buffer, void, undefined> {
  let joined: Buffer[] = []
  let length = 0
  for (const buffer of buffers) {
    for (let start = 0; start < buffer.length; start += PIECE) {
      const part = buffer.subarray(start, start + PIECE)
      if (length + part.length > PIECE) {
        yield joinedBytes(joined)
        joined = []
        length = 0
      }
      joined.push(part)
      length += part.length
    }
  }
  if (length > 0) yield joinedBytes(joined)
}

function joinedBytes(parts: readonly Buffer[]): Buffer {
  const [first] = parts
  return first !== undefined && parts.length === 1 ? first : Buffer.concat(parts)
}
