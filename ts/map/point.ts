import { type Plain, plainBytes, type Transcoder, writePlain } from '../encoding/transcoder.js'
import { fromNative } from '../errors/from-native.js'
import { addon } from '../native/addon.js'
import { scratch } from '../packed/scratch.js'
import type { MapHandle } from './map-handle.js'

/** What the addon answers when there is no such key. */
const MISSING = -1
/** The addon subtracts the length of a value that does not fit from this. */
const TOO_LONG = -2

type Addon = ReturnType<typeof addon>

let native: Pick<Addon, 'pointGet' | 'pointHas' | 'pointInsert' | 'pointUpdate' | 'pointDelete'>

/** Makes the point operations ready. A map has to be made first, which loads the addon. */
export function preparePoints(): void {
  native ??= addon()
}

/** The decoded value of a key, or `undefined`. Nothing is allocated but the result, unless it is longer than usual. */
export function pointGet(handle: MapHandle, key: Plain, values: Transcoder): unknown {
  handle.checkNow('promises.get')
  const length = writePlain(key, scratch, 0)
  if (length < 0) return getLong(handle, plainBytes(key, 'key'), 0, values)
  let size: number
  try {
    size = native.pointGet(handle.number, length)
  } catch (error) {
    throw fromNative(error)
  }
  if (size >= 0) return values.decode(scratch, 0, size)
  if (size === MISSING) return undefined
  return getLong(handle, Buffer.from(scratch.subarray(0, length)), TOO_LONG - size, values)
}

/** Whether a key is there. */
export function pointHas(handle: MapHandle, key: Plain): boolean {
  handle.checkNow('promises.has')
  const length = writePlain(key, scratch, 0)
  try {
    if (length >= 0) return native.pointHas(handle.number, length)
    const bytes = plainBytes(key, 'key')
    return handle.native.has(bytes, bytes.length)
  } catch (error) {
    throw fromNative(error)
  }
}

/** Deletes a key, and says whether it was there. */
export function pointDelete(handle: MapHandle, key: Plain): boolean {
  handle.checkNow('promises.delete')
  const length = writePlain(key, scratch, 0)
  try {
    if (length >= 0) return native.pointDelete(handle.number, length)
    const bytes = plainBytes(key, 'key')
    return handle.native.delete(bytes, bytes.length)
  } catch (error) {
    throw fromNative(error)
  }
}

/** Creates or replaces a key. */
export function pointInsert(handle: MapHandle, key: Plain, value: Plain): void {
  handle.checkNow('promises.insert')
  const keyLength = writePlain(key, scratch, 0)
  const valueLength = keyLength < 0 ? -1 : writePlain(value, scratch, keyLength)
  try {
    if (valueLength >= 0) return native.pointInsert(handle.number, keyLength, valueLength)
    const entry = longEntry(key, value)
    return handle.native.insert(entry.memory, entry.keyLength, entry.memory.length - entry.keyLength)
  } catch (error) {
    throw fromNative(error)
  }
}

/** Replaces the value of a key that is there, and says whether it was. */
export function pointUpdate(handle: MapHandle, key: Plain, value: Plain): boolean {
  handle.checkNow('promises.update')
  const keyLength = writePlain(key, scratch, 0)
  const valueLength = keyLength < 0 ? -1 : writePlain(value, scratch, keyLength)
  try {
    if (valueLength >= 0) return native.pointUpdate(handle.number, keyLength, valueLength)
    const entry = longEntry(key, value)
    return handle.native.update(entry.memory, entry.keyLength, entry.memory.length - entry.keyLength)
  } catch (error) {
    throw fromNative(error)
  }
}

/** Reads a value into memory made for it. */
function getLong(handle: MapHandle, key: Uint8Array, expected: number, values: Transcoder): unknown {
  let needed = expected
  // Another thread may make the value longer still before it is read again.
  for (;;) {
    const memory = Buffer.allocUnsafeSlow(Math.max(needed, key.length))
    memory.set(key)
    let size: number
    try {
      size = handle.native.get(memory, key.length)
    } catch (error) {
      throw fromNative(error)
    }
    if (size >= 0) return values.decode(memory, 0, size)
    if (size === MISSING) return undefined
    needed = TOO_LONG - size
  }
}

function longEntry(key: Plain, value: Plain): { memory: Buffer; keyLength: number } {
  const keyBytes = plainBytes(key, 'key')
  const valueBytes = plainBytes(value, 'value')
  return { memory: Buffer.concat([keyBytes, valueBytes]), keyLength: keyBytes.length }
}
