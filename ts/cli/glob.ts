import { usageError } from './errors.js'

/** A pattern of keys. */
export interface Glob {
  /** What all keys that match begin with. */
  readonly prefix: string
  matches(text: string): boolean
}

/**
 * A pattern as shells have them: `*` stands for any characters, `?` for one, `[a-z]` for one of these, `[!a-z]` for one that is
 * none of them, and a backslash takes the next character as it is.
 */
export function parseGlob(pattern: string): Glob {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern.charAt(at)
    if (letter === '*') source += '[^]*'
    else if (letter === '?') source += '[^]'
    else if (letter === '\\') source += escaped(pattern.charAt(++at) || '\\')
    else if (letter === '[') {
      // A bracket that comes first is one of the characters.
      const end = pattern.indexOf(']', at + (pattern.charAt(at + 1) === '!' ? 3 : 2))
      if (end < 0) throw usageError(`the pattern "${pattern}" has a "[" without "]"`)
      const set = pattern.slice(at + 1, end)
      const letters = (set.startsWith('!') ? set.slice(1) : set).replaceAll(/[\\\]^[]/g, '\\$&')
      source += `[${set.startsWith('!') ? '^' : ''}${letters}]`
      at = end
    } else source += escaped(letter)
  }
  let expression: RegExp
  try {
    expression = new RegExp(`^${source}$`, 'u')
  } catch {
    throw usageError(`the pattern "${pattern}" has a range of characters that is none`)
  }
  const [prefix = ''] = /^[^*?[\\]*/.exec(pattern) ?? []
  return { prefix, matches: (text) => expression.test(text) }
}

function escaped(letter: string): string {
  return letter.replace(/[$()*+./?[\\\]^{|}-]/, '\\$&')
}
