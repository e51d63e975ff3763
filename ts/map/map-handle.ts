import type { EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import type { Transcoder } from '../encoding/transcoder.js'
import { keyTranscoder, valueTranscoder } from '../encoding/transcoders.js'
import type { Lifetime } from '../native/lifetime.js'
import { ProllyError } from '../errors/prolly-error.js'
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
const AWAITED_NAMES = [...ENCODING_NAMES, 'signal']

/** The native side of a key-value surface, with its encodings and whether it is still open. */
export class MapHandle implements Transcoders {
  readonly native: NativeMap
  /** What the map is called in point operations through {@link scratch}. */
  readonly number: number
  readonly lifetime: Lifetime
  readonly keys: Transcoder
  readonly values: Transcoder
  /** The class of the storage when it is one of the user, who cannot be asked by whoever blocks the event loop. */
  readonly custom: string | undefined

  constructor(native: NativeMap, lifetime: Lifetime, transcoders: Transcoders, custom?: string) {
    this.native = native
    this.number = native.register(scratch)
    preparePoints()
    this.lifetime = lifetime
    this.keys = transcoders.keys
    this.values = transcoders.values
    this.custom = custom
  }

  /**
   * Refuses what cannot be done without leaving the thread: anything, once it is closed or over a storage of the user.
   *
   * @param instead - What to call then, `promises.get`.
   */
  checkNow(instead: string): void {
    this.lifetime.check()
    if (this.custom !== undefined) throw this.#mustWait(this.custom, instead)
  }

  #mustWait(custom: string, instead: string): ProllyError {
    const message = `${custom} runs on the event loop, which a synchronous call holds up: use ${instead} instead`
    return new ProllyError('PROLLY_UNSUPPORTED', message, { details: { storage: custom, instead } })
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

  /** As {@link MapHandle.transcoders}, for the options of a call that can be given up. */
  awaitedTranscoders(options: AnyEncodings | undefined): Transcoders {
    if (options !== undefined) checkOptions(options, AWAITED_NAMES)
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
