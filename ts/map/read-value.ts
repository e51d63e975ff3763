import { type Plain, plainBytes, type Transcoder, writePlain } from '../encoding/transcoder.js'
import { fromNative } from '../errors/from-native.js'
import { scratch } from '../packed/scratch.js'
import type { MapHandle } from './map-handle.js'

/** What the addon answers when there is no such key. */
const MISSING = -1
/** The addon subtracts the length of a value that does not fit from this. */
const TOO_LONG = -2

/**
 * The decoded value of a key, or `undefined`. Keys and values of usual size pass through the scratch memory: nothing is
 * allocated but the result.
 */
export function readValue(handle: MapHandle, key: Plain, values: Transcoder): unknown {
  handle.lifetime.check()
  let memory = scratch
  let length = writePlain(key, memory, 0)
  if (length < 0) {
    const bytes = plainBytes(key, 'key')
    memory = Buffer.from(bytes)
    length = bytes.length
  }
  for (;;) {
    let size: number
    try {
      size = handle.native.get(memory, length)
    } catch (error) {
      throw fromNative(error)
    }
    if (size >= 0) return values.decode(memory, 0, size)
    if (size === MISSING) return undefined
    // Another thread may make the value longer still before it is read again.
    const larger = Buffer.allocUnsafeSlow(Math.max(TOO_LONG - size, length))
    memory.copy(larger, 0, 0, length)
    memory = larger
  }
}
