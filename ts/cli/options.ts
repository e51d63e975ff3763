import type { Command } from '@commander-js/extra-typings'
import { usageError } from './errors.js'
import { fromArgument } from './text.js'

/** How data is printed: lines for people, or one JSON object a line. */
export const OUTPUT_FORMATS = ['text', 'json'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

/** `--format text|json`. */
export function formatOption(command: Command) {
  return command
    .createOption('--format <format>', 'print text, or one JSON object a line')
    .choices(OUTPUT_FORMATS)
    .default('text' as const)
}

/** Where a store can keep its nodes. */
export const STORAGES = ['git', 'file', 'rocksdb'] as const

/** `--storage git|file|rocksdb`. */
export function storageOption(command: Command) {
  return command.createOption('--storage <name>', 'where its data is kept, else git').choices(STORAGES)
}

/** The spellings of the options several commands share. */
export const flags = {
  namespace: ['--namespace <name>', 'work on a named namespace instead of the default one'],
  hex: ['--hex', 'keys and values in the arguments are hexadecimal'],
  base64: ['--base64', 'keys and values in the arguments are base64'],
  at: ['--at <revision>', 'read this version instead of the branch and what is staged'],
} as const

/** Reads a whole number from `least` on. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least) {
      throw usageError(`"${text}" is not a whole number from ${least} on`)
    }
    return number
  }
}

/** The bounds of a range, as the commands that walk over keys take them. */
export interface RangeFlags {
  readonly prefix?: string | undefined
  readonly gt?: string | undefined
  readonly gte?: string | undefined
  readonly lt?: string | undefined
  readonly lte?: string | undefined
  readonly hex?: boolean | undefined
  readonly base64?: boolean | undefined
}

const BOUNDS = ['prefix', 'gt', 'gte', 'lt', 'lte'] as const

/** The bounds that were given, as bytes. */
export function rangeOf(options: RangeFlags): Partial<Record<(typeof BOUNDS)[number], Buffer>> {
  const range: Partial<Record<(typeof BOUNDS)[number], Buffer>> = {}
  for (const name of BOUNDS) {
    const text = options[name]
    if (text !== undefined) range[name] = fromArgument(text, options)
  }
  return range
}

/** The options that ask for a range of keys in place of keys named one by one. */
export const rangeFlags = {
  prefix: ['--prefix <prefix>', 'all keys that begin with this'],
  gt: ['--gt <key>', 'keys after this one'],
  gte: ['--gte <key>', 'this key and those after it'],
  lt: ['--lt <key>', 'keys before this one'],
  lte: ['--lte <key>', 'this key and those before it'],
} as const

/** Keys named one by one, or the range that the options ask for. */
export function keysOrRange(
  keys: readonly string[],
  options: RangeFlags,
): Buffer[] | ReturnType<typeof rangeOf> {
  const range = rangeOf(options)
  const bounded = Object.keys(range).length > 0
  if (bounded && keys.length > 0) throw usageError('give keys or a range, not both')
  if (!bounded && keys.length === 0) {
    throw usageError('give at least one key, or a range', '--prefix "" is every key')
  }
  return bounded ? range : keys.map((key) => fromArgument(key, options))
}
