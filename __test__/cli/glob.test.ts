import { describe, expect, it } from 'vitest'
import { parseGlob } from '../../ts/cli/glob.js'

describe('a pattern of keys', () => {
  it.each([
    ['user:*', 'user:', true],
    ['user:*', 'user:1/a\nb', true],
    ['user:*', 'usr:1', false],
    ['user:?', 'user:é', true],
    ['user:?', 'user:12', false],
    ['*.json', 'a.json', true],
    ['*.json', 'a_json', false],
    ['[ab]c', 'bc', true],
    ['[!ab]c', 'bc', false],
    ['[!ab]c', 'xc', true],
    ['[]]', ']', true],
    ['[a-c]1', 'b1', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['(a|b)', '(a|b)', true],
    ['', '', true],
    ['', 'a', false],
  ])('%s and %s', (pattern, key, matches) => {
    expect(parseGlob(pattern).matches(key)).toBe(matches)
  })

  it('knows what all keys begin with', () => {
    expect(parseGlob('user:*:name').prefix).toBe('user:')
    expect(parseGlob('plain').prefix).toBe('plain')
    expect(parseGlob('\\*a').prefix).toBe('')
  })

  it('refuses what is none', () => {
    expect(() => parseGlob('[a')).toThrow('has a "[" without "]"')
    expect(() => parseGlob('[z-a]')).toThrow('has a range of characters that is none')
  })
})
