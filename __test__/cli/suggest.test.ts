import { expect, it } from 'vitest'
import { suggest } from '../../ts/cli/suggest.js'

const commands = ['init', 'set', 'get', 'commit', 'checkout', 'merge']

it.each([
  ['comit', 'commit'],
  ['chekout', 'checkout'],
  ['mrege', 'merge'],
  ['gte', 'get'],
  ['Commit', 'commit'],
])('takes %s for %s', (word, meant) => expect(suggest(word, commands)).toBe(meant))

it('has no idea when nothing is near', () => {
  expect(suggest('frobnicate', commands)).toBeUndefined()
  expect(suggest('x', commands)).toBeUndefined()
})
