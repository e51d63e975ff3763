import { checkOneOf } from '../options/check.js'

/**
 * What of a storage's writes survives a loss of power; the death of the process takes nothing that was published.
 *
 * - `'full'`: every write waits for the disk.
 * - `'commit'`: publishing a tree does, and takes with it all that was written before.
 * - `'off'`: the operating system decides. For data that can be made again.
 */
export type Durability = 'full' | 'commit' | 'off'

/** @internal The choice, `'commit'` by default. */
export function durabilityOf(value: unknown): Durability {
  if (value === undefined) return 'commit'
  checkOneOf('options.durability', value, ['full', 'commit', 'off'])
  return value as Durability
}
