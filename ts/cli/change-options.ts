import { usageError } from './errors.js'
import type { ChangeFormat } from './changes.js'

/** The options that choose how changes are printed. */
export const changeFlags = {
  stat: ['--stat', 'only print how many keys changed'],
  nameStatus: ['--name-status', 'only print keys, with A, M or D for added, modified or removed'],
  nameOnly: ['--name-only', 'only print keys'],
} as const

interface ChangeOptions {
  readonly stat?: true | undefined
  readonly nameStatus?: true | undefined
  readonly nameOnly?: true | undefined
  readonly format: 'text' | 'json'
}

/** How the options ask for changes to be printed. */
export function changeFormat({ stat, nameStatus, nameOnly, format }: ChangeOptions): ChangeFormat {
  const chosen = [stat && '--stat', nameStatus && '--name-status', nameOnly && '--name-only'].filter(Boolean)
  if (chosen.length > 1) throw usageError(`${chosen.join(' and ')} exclude each other`)
  if (stat) return 'count'
  if (format === 'json') return nameStatus || nameOnly ? 'json-names' : 'json'
  if (nameStatus) return 'name-status'
  return nameOnly ? 'name-only' : 'text'
}
