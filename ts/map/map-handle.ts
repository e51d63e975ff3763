import type { EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import type { Transcoder } from '../encoding/transcoder.js'
import { keyTranscoder, valueTranscoder } from '../encoding/transcoders.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkOptions } from '../options/check.js'
import { scratch } from '../packed/scratch.js'
import { preparePoints } from './point.js'
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
  /** What the map is called in point operations through {@link scratch}. */
  readonly number: number
  readonly lifetime: Lifetime
  readonly keys: Transcoder
  readonly values: Transcoder

  constructor(native: NativeMap, lifetime: Lifetime, transcoders: Transcoders) {
    this.native = native
    this.number = native.register(scratch)
    preparePoints()
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
}

/** Makes the encodings of a store from its options. */
export function transcodersOf(options: AnyEncodings): Transcoders {
  return {
    keys: keyTranscoder(options.keyEncoding ?? 'utf8'),
    values: valueTranscoder(options.valueEncoding ?? 'utf8'),
  }
}
