import { Readable } from 'node:stream'
import { plainBytes } from '../encoding/transcoder.js'
import { NotFoundError } from '../errors/not-found-error.js'
import { type CallSite, callSite, pointAtCaller } from '../errors/stack.js'
import { checkOptions, invalid } from '../options/check.js'
import { show } from '../options/show.js'
import { type AbortOptions, checkSignal } from '../options/signal.js'
import type { AnyEncodings, MapHandle } from './map-handle.js'
import { checkHighWaterMark, destroyWhenAborted, streamed } from './value-stream.js'
import type { NativeValueReader } from '#native'

/** Which bytes of a value a stream gives, and how. */
export interface ReadStreamOptions extends AbortOptions {
  /** The first byte, counted from 0. A value that is shorter gives none. */
  readonly start?: number
  /** The last byte, which is given too; that of the value when it is left out or `Infinity`. */
  readonly end?: number
  /** Bytes that are read at once and ahead of the consumer: 64 KiB unless told otherwise. */
  readonly highWaterMark?: number
}

const NAMES = ['start', 'end', 'highWaterMark', 'signal', 'keyEncoding']
const HIGH_WATER_MARK = 64 * 1024

/** What a stream reads. */
interface Reading {
  readonly handle: MapHandle
  /** The value, looked up; `undefined` when it was given up before. */
  readonly opening: Promise<NativeValueReader | undefined>
  readonly site: CallSite
}

/**
 * Begins to read the value that a key has now.
 *
 * @internal
 */
export function readStream(
  handle: MapHandle,
  key: unknown,
  options: (ReadStreamOptions & AnyEncodings) | undefined = {},
): Readable {
  const site = callSite()
  checkOptions(options, NAMES)
  const { start = 0, end = Infinity, highWaterMark = HIGH_WATER_MARK, signal } = options
  checkPlace('start', start)
  if (end !== Infinity) checkPlace('end', end)
  if (end < start) throw invalid('end', `a whole number from start on, which is ${start}`, end)
  checkHighWaterMark(highWaterMark)
  checkSignal(signal)
  const bytes = plainBytes(handle.transcoders(options).keys.plain(key, 'key'), 'key')
  const { lifetime, native } = handle
  lifetime.check()
  const look = async (): Promise<NativeValueReader> => {
    const reader = await native.valueReader(bytes, start, end + 1)
    if (reader) return reader
    const name = show(key)
    const error = new NotFoundError(`there is no key ${name}`, { details: { what: 'key', name } })
    pointAtCaller(error, site)
    throw error
  }
  const opening = signal?.aborted ? Promise.resolve(undefined) : streamed(lifetime, site, look)
  return new ValueReadStream({ handle, opening, site }, highWaterMark, signal)
}

class ValueReadStream extends Readable {
  readonly #reading: Reading
  readonly #forgetSignal: () => void

  constructor(reading: Reading, highWaterMark: number, signal: AbortSignal | undefined) {
    super({ highWaterMark })
    this.#reading = reading
    this.#forgetSignal = destroyWhenAborted(this, signal)
    // Whoever does not read it is told all the same.
    reading.opening.catch((error: Error) => this.destroy(error))
  }

  override _read(size: number): void {
    void this.#next(size)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#forgetSignal()
    this.#reading.opening.then(
      (reader) => reader?.close(),
      () => {},
    )
    callback(error)
  }

  async #next(size: number): Promise<void> {
    const { handle, opening, site } = this.#reading
    try {
      const reader = await opening
      if (this.destroyed || reader === undefined) return
      const bytes = await streamed(handle.lifetime, site, () => reader.read(size))
      if (this.destroyed) return
      if (bytes.length > 0) this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
      if (bytes.length < size) this.push(null)
    } catch (error) {
      this.destroy(error as Error)
    }
  }
}

function checkPlace(argument: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalid(argument, 'a whole number from 0 on', value)
  }
}
