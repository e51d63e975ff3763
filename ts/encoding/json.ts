import { ProllyError } from '../errors/prolly-error.js'
import { decodeText } from './utf8.js'
import type { Codec } from './codec.js'

/**
 * The encoding `json` with a type: values are written with `JSON.stringify` and read with `JSON.parse`.
 *
 * The type is a promise of yours, nothing checks it. Two objects whose properties were set in another order are
 * different values.
 *
 * @typeParam T - What the values are.
 *
 * @example
 * ```ts
 * import { json, VersionedKvStore } from 'prollytree'
 *
 * await using store = await VersionedKvStore.memory({ valueEncoding: json<{ name: string }>() })
 * store.insert('user:1', { name: 'Ada' })
 * assert.equal(store.get('user:1')?.name, 'Ada')
 * ```
 */
export function json<T>(): Codec<T> {
  return JSON_CODEC as Codec<T>
}

const JSON_CODEC: Codec<unknown> = {
  name: 'json',
  encode(value) {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError('it has no JSON form')
    return Buffer.from(text, 'utf8')
  },
  decode: (bytes) => parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length),
}

/**
 * The value of the JSON text from `start` to `end`.
 *
 * @internal
 */
export function parseJson(bytes: Buffer, start: number, end: number): unknown {
  const text = decodeText(bytes, start, end)
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ProllyError('PROLLY_DECODE_ERROR', `stored bytes are not JSON: ${String(cause)}`, { cause })
  }
}
