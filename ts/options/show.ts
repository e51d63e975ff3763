import { inspect } from 'node:util'

/** A value as messages show it: short, on one line. */
export function show(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60, maxArrayLength: 6 })
}
