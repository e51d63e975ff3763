import type { EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { type Plain, plainBytes, type Transcoder, writePlain } from '../encoding/transcoder.js'
import { keyTranscoder, valueTranscoder } from '../encoding/transcoders.js'
import { fromNative } from '../errors/from-native.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkOptions } from '../options/check.js'
import { scratch } from '../packed/scratch.js'
import type { NativeMap } from '#native'

/** The encodings of a call, or of all calls. */
export interface Transcoders {
  readonly keys: Transcoder
  readonly values: Transcoder
}

/** The options of a call that has none but encodings. */
export type AnyEncodings = EncodingOptions<KeyEncoding | undefined, ValueEncoding | undefined>

const ENCODING_NAMES = ['keyEncoding', 'valueEncoding']

/** The native side of a key-value surface, with its encodings and whether it is still open. */
export class MapHandle implements Transcoders {
  readonly native: NativeMap
  readonly lifetime: Lifetime
  readonly keys: Transcoder
  readonly values: Transcoder

  constructor(native: NativeMap, lifetime: Lifetime, transcoders: Transcoders) {
    this.native = native
    this.lifetime = lifetime
    this.keys = transcoders.keys
    this.values = transcoders.values
  }

  /** The encodings of a call: those of its options, and the usual ones for the rest. */
  transcoders(options: AnyEncodings | undefined): Transcoders {
    if (options === undefined) return this
    return {
      keys: options.keyEncoding === undefined ? this.keys : keyTranscoder(options.keyEncoding),
      values: options.valueEncoding === undefined ? this.values : valueTranscoder(options.valueEncoding),
    }
  }

  /** As {@link MapHandle.transcoders}, for options that hold nothing else. */
  onlyTranscoders(options: AnyEncodings | undefined): Transcoders {
    if (options !== undefined) checkOptions(options, ENCODING_NAMES)
    return this.transcoders(options)
  }

  /** Calls `work` with memory that begins with the bytes of `key`. */
  withKey<T>(key: Plain, work: (memory: Buffer, length: number) => T): T {
    this.lifetime.check()
    let memory = scratch
    let length = writePlain(key, memory, 0)
    if (length < 0) {
      const bytes = plainBytes(key, 'key')
      memory = room(bytes.length)
      memory.set(bytes)
      length = bytes.length
    }
    try {
      return work(memory, length)
    } catch (error) {
      throw fromNative(error)
    }
  }

  /** Calls `work` with memory that begins with the bytes of `key` and, right after them, those of `value`. */
  withEntry<T>(
    key: Plain,
    value: Plain,
    work: (memory: Buffer, keyLength: number, valueLength: number) => T,
  ): T {
    this.lifetime.check()
    let memory = scratch
    let keyLength = writePlain(key, memory, 0)
    let valueLength = keyLength < 0 ? -1 : writePlain(value, memory, keyLength)
    if (valueLength < 0) {
      const keyBytes = plainBytes(key, 'key')
      const valueBytes = plainBytes(value, 'value')
      memory = room(keyBytes.length + valueBytes.length)
      memory.set(keyBytes)
      memory.set(valueBytes, keyBytes.length)
      keyLength = keyBytes.length
      valueLength = valueBytes.length
    }
    try {
      return work(memory, keyLength, valueLength)
    } catch (error) {
      throw fromNative(error)
    }
  }
}

/** Makes the encodings of a store from its options. */
export function transcodersOf(options: AnyEncodings): Transcoders {
  return {
    keys: keyTranscoder(options.keyEncoding ?? 'utf8'),
    values: valueTranscoder(options.valueEncoding ?? 'utf8'),
  }
}

function room(bytes: number): Buffer {
  return bytes <= scratch.length ? scratch : Buffer.allocUnsafeSlow(bytes)
}
