import { invalid } from '../options/check.js'
import type { Codec } from './codec.js'
import type { KeyEncoding, ValueEncoding } from './encoding.js'
import { json, parseJson } from './json.js'
import type { Plain, Transcoder } from './transcoder.js'
import { decodeText } from './utf8.js'

const utf8: Transcoder = {
  name: 'utf8',
  plain(value, argument) {
    if (typeof value === 'string') return value
    throw invalid(argument, "a string (encoding 'utf8')", value)
  },
  decode: decodeText,
}

const jsonText: Transcoder = {
  name: 'json',
  plain(value, argument) {
    const text = JSON.stringify(value) as string | undefined
    if (text !== undefined) return text
    throw invalid(argument, "a value with a JSON form (encoding 'json')", value)
  },
  decode: parseJson,
}

const buffer: Transcoder = {
  name: 'buffer',
  plain: (value, argument) => bytesOf(value, argument, 'buffer'),
  decode: copyOf,
}

const view: Transcoder = {
  name: 'view',
  plain: (value, argument) => bytesOf(value, argument, 'view'),
  decode(bytes, start, end) {
    // In the pool of buffers: memory of its own costs a hundred times what copying does.
    const { buffer: memory, byteOffset, length } = copyOf(bytes, start, end)
    return new Uint8Array(memory, byteOffset, length)
  },
}

const FOR_KEYS = new Map<unknown, Transcoder>([
  ['utf8', utf8],
  ['buffer', buffer],
  ['view', view],
])
const FOR_VALUES = new Map<unknown, Transcoder>([...FOR_KEYS, ['json', jsonText], [json(), jsonText]])
const codecs = new WeakMap<object, Transcoder>()

/** The transcoder of an encoding of keys. */
export function keyTranscoder(encoding: KeyEncoding): Transcoder {
  return FOR_KEYS.get(encoding) ?? custom(encoding, 'keyEncoding', "'utf8', 'buffer', 'view' or a codec")
}

/** The transcoder of an encoding of values. */
export function valueTranscoder(encoding: ValueEncoding): Transcoder {
  return (
    FOR_VALUES.get(encoding) ??
    custom(encoding, 'valueEncoding', "'utf8', 'json', 'buffer', 'view' or a codec")
  )
}

function custom(encoding: unknown, argument: string, expected: string): Transcoder {
  if (typeof encoding !== 'object' || encoding === null) throw invalid(argument, expected, encoding)
  const known = codecs.get(encoding)
  if (known) return known
  const codec = encoding as Partial<Codec<unknown>>
  if (
    typeof codec.name !== 'string' ||
    typeof codec.encode !== 'function' ||
    typeof codec.decode !== 'function'
  ) {
    throw invalid(argument, expected, encoding)
  }
  const made = ofCodec(codec as Codec<unknown>)
  codecs.set(encoding, made)
  return made
}

/** A codec of the user. Its faults pass through as they are. */
function ofCodec(codec: Codec<unknown>): Transcoder {
  return {
    name: codec.name,
    plain(value, argument): Plain {
      const bytes: unknown = codec.encode(value)
      if (bytes instanceof Uint8Array) return bytes
      throw invalid(argument, `encoded to a Uint8Array by the codec '${codec.name}'`, bytes)
    },
    decode(bytes, start, end) {
      const copy = Buffer.allocUnsafeSlow(end - start)
      bytes.copy(copy, 0, start, end)
      return codec.decode(copy)
    },
  }
}

function bytesOf(value: unknown, argument: string, encoding: string): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw invalid(argument, `a Uint8Array (encoding '${encoding}')`, value)
}

function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}
