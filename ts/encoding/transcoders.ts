import { InvalidArgumentError } from '../errors/invalid-argument-error.js'
import { show } from '../options/show.js'
import type { Codec } from './codec.js'
import type { KeyEncoding, ValueEncoding } from './encoding.js'
import { json, parseJson } from './json.js'
import { codecTranscoder, type Transcoder } from './transcoder.js'
import { decodeText, writeText } from './utf8.js'

const utf8: Transcoder<string> = {
  name: 'utf8',
  write: (value, target, offset) => (typeof value === 'string' ? writeText(value, target, offset) : -1),
  encode(value, argument) {
    if (typeof value !== 'string') throw refused(argument, "a string (encoding 'utf8')", value)
    if (!value.isWellFormed()) throw refused(argument, 'a string without lone surrogates', value)
    return Buffer.from(value, 'utf8')
  },
  decode: decodeText,
}

const buffer: Transcoder<Uint8Array> = {
  name: 'buffer',
  write: writeBytes,
  encode: (value, argument) => bytesOf(value, argument, 'buffer'),
  decode: copyBytes,
}

const view: Transcoder<Uint8Array> = {
  name: 'view',
  write: writeBytes,
  encode: (value, argument) => bytesOf(value, argument, 'view'),
  decode(bytes, start, end) {
    const copy = new Uint8Array(end - start)
    copy.set(bytes.subarray(start, end))
    return copy
  },
}

const KEY_TRANSCODERS = new Map<unknown, Transcoder>([
  ['utf8', utf8 as Transcoder],
  ['buffer', buffer as Transcoder],
  ['view', view as Transcoder],
])

const jsonTranscoder: Transcoder = {
  name: 'json',
  write(value, target, offset) {
    const text = stringify(value)
    return text === undefined ? -1 : writeText(text, target, offset)
  },
  encode(value, argument) {
    const text = stringify(value)
    if (text === undefined) throw refused(argument, "a value with a JSON form (encoding 'json')", value)
    return Buffer.from(text, 'utf8')
  },
  decode: parseJson,
}

const VALUE_TRANSCODERS = new Map<unknown, Transcoder>([...KEY_TRANSCODERS, ['json', jsonTranscoder]])

/** The transcoder of an encoding of keys. */
export function keyTranscoder(encoding: KeyEncoding, argument = 'keyEncoding'): Transcoder {
  return KEY_TRANSCODERS.get(encoding) ?? custom(encoding, argument, "'utf8', 'buffer', 'view' or a codec")
}

/** The transcoder of an encoding of values. */
export function valueTranscoder(encoding: ValueEncoding, argument = 'valueEncoding'): Transcoder {
  return VALUE_TRANSCODERS.get(encoding) ?? custom(encoding, argument, "'utf8', 'json', 'buffer', 'view' or a codec")
}

const codecs = new WeakMap<object, Transcoder>()

function custom(encoding: unknown, argument: string, expected: string): Transcoder {
  if (encoding === json()) return jsonTranscoder
  if (typeof encoding !== 'object' || encoding === null) throw refused(argument, expected, encoding)
  const known = codecs.get(encoding)
  if (known) return known
  const codec = encoding as Partial<Codec<unknown>>
  if (typeof codec.name !== 'string' || typeof codec.encode !== 'function' || typeof codec.decode !== 'function') {
    throw refused(argument, expected, encoding)
  }
  const made = codecTranscoder(codec as Codec<unknown>, (value, reason) => refused(argument, reason, value))
  codecs.set(encoding, made)
  return made
}

function refused(argument: string, expected: string, value: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${argument} must be ${expected}, not ${show(value)}`, { details: { argument } })
}

function stringify(value: unknown): string | undefined {
  return JSON.stringify(value) as string | undefined
}

function writeBytes(value: Uint8Array, target: Buffer, offset: number): number {
  if (!(value instanceof Uint8Array) || offset + value.length > target.length) return -1
  target.set(value, offset)
  return value.length
}

function bytesOf(value: Uint8Array, argument: string, encoding: string): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw refused(argument, `a Uint8Array (encoding '${encoding}')`, value)
}

function copyBytes(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}
