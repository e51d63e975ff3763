import { InvalidArgumentError } from '../errors/invalid-argument-error.js'
import { show } from './show.js'

/** The error for an argument that is not what it must be. */
export function invalid(argument: string, expected: string, value: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${argument} must be ${expected}, not ${show(value)}`, {
    details: { argument },
  })
}

/** Refuses an options argument that is no object, or has a name that is not in `names`: a misspelt option. */
export function checkOptions(options: unknown, names: readonly string[], argument = 'options'): void {
  if (typeof options !== 'object' || options === null) throw invalid(argument, 'an object', options)
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new InvalidArgumentError(`${argument} has no '${name}': it can have ${names.join(', ')}`, {
        details: { argument: `${argument}.${name}` },
      })
    }
  }
}

/** Refuses anything but a string that is not empty. */
export function checkName(argument: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw invalid(argument, 'a string', value)
  if (value === '') throw invalid(argument, 'a string that is not empty', value)
}

/** Refuses anything but a string that is not empty, or `undefined`. */
export function checkOptionalName(argument: string, value: unknown): asserts value is string | undefined {
  if (value !== undefined) checkName(argument, value)
}

/** Refuses anything but `true`, `false` and `undefined`. */
export function checkFlag(argument: string, value: unknown): asserts value is boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw invalid(argument, 'true or false', value)
}

/** Refuses anything but a whole number from 0 on, or `undefined`. `Infinity` is `undefined` in other words. */
export function checkLimit(argument: string, value: unknown): asserts value is number | undefined {
  if (value === undefined || value === Infinity) return
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw invalid(argument, 'a whole number from 0 on', value)
  }
}

/** Refuses a value that is not one of `names`. */
export function checkOneOf(argument: string, value: unknown, names: readonly string[]): void {
  if (!names.includes(value as string)) {
    throw invalid(argument, names.map((name) => `'${name}'`).join(' or '), value)
  }
}
