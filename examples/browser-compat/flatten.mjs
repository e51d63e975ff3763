// Turns a release of @mdn/browser-compat-data, a tree of objects, into one record per web-platform feature.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** A release that package.json lists as a development dependency: its whole tree. */
export function release(version) {
  return require(`browser-compat-data-${version}`)
}

/**
 * Every feature of a release, as `[path, record]`. A feature is an object that has a `__compat` field; its path is the
 * names that lead to it, `api.AbortController.abort`, and its record is the compatibility data with the path in front.
 */
export function* features(tree, path = []) {
  for (const [name, value] of Object.entries(tree)) {
    if (name === '__compat') yield [path.join('.'), { path: path.join('.'), ...value }]
    else if (isObject(value)) yield* features(value, [...path, name])
  }
}

/** Records as NDJSON: one line of JSON each. */
export function toNdjson(records) {
  return Array.from(records, (record) => `${JSON.stringify(record)}\n`).join('')
}

/** Whether a value is an object with fields. */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
