// Merges two versions of a JSON record field by field, which a merge of lines of text cannot do.
import { isDeepStrictEqual } from 'node:util'
import { isObject } from './flatten.mjs'

/**
 * The record with both sides' changes: of each field the side that changed it, or, where both did, the fields of both.
 * Where both sides gave one field different values that cannot be joined, the destination's stays.
 *
 * `undefined` stands for "not there", for records and for fields.
 */
export function joinFields(base, destination, source) {
  if (isDeepStrictEqual(destination, source) || isDeepStrictEqual(base, source)) return destination
  if (isDeepStrictEqual(base, destination)) return source
  // One side deleted what the other changed: the change stays.
  if (destination === undefined || source === undefined) return destination ?? source
  if (!isObject(destination) || !isObject(source)) return destination
  const joined = {}
  for (const name of new Set([...Object.keys(destination), ...Object.keys(source)])) {
    const field = joinFields(isObject(base) ? base[name] : undefined, destination[name], source[name])
    if (field !== undefined) joined[name] = field
  }
  return joined
}
