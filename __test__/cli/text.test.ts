import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromArgument, fromJsonBytes, toJsonBytes, toText } from '../../ts/cli/text.js'
import { displayWidth, shortened } from '../../ts/cli/width.js'

const bytes = (...values: number[]) => Buffer.from(values)

describe('bytes as JSON', () => {
  it('are a string when they are UTF-8, else base64', () => {
    expect(toJsonBytes(Buffer.from('größe'))).toBe('größe')
    expect(toJsonBytes(bytes())).toBe('')
    expect(toJsonBytes(bytes(0xff, 0x00))).toEqual({ base64: '/wA=' })
  })

  it('keep a byte order mark', () => {
    expect(toJsonBytes(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  })

  it('come back, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        const text = JSON.stringify(toJsonBytes(value))
        expect(fromJsonBytes(JSON.parse(text))).toEqual(Buffer.from(value))
      }),
    )
  })

  it('are nothing else', () => {
    for (const value of [
      1,
      null,
      undefined,
      [],
      {},
      { base64: 1 },
      { base64: 'x' },
      { base64: '', hex: '' },
      '\ud800',
    ]) {
      expect(fromJsonBytes(value), JSON.stringify(value)).toBeUndefined()
    }
  })
})

describe('bytes as a line of text', () => {
  it('are as they are when they can be printed', () => {
    for (const text of ['user:1', 'größe', '{"a": "b"}', '\\', 'a b', ''])
      expect(toText(Buffer.from(text))).toBe(text)
  })

  it('are quoted when they would break the line, move the cursor or look quoted', () => {
    expect(toText(Buffer.from('a\tb\n'))).toBe(String.raw`"a\tb\n"`)
    expect(toText(Buffer.from('\u001b[31m'))).toBe(String.raw`"\033[31m"`)
    expect(toText(Buffer.from('\u0085'))).toBe(String.raw`"\302\205"`)
    expect(toText(bytes(0xff, 0x41))).toBe(String.raw`"\377A"`)
    expect(toText(Buffer.from('"a"'))).toBe(String.raw`"\"a\""`)
  })

  it('never hold a control character, and never mean two things', () => {
    const seen = new Map<string, string>()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3 }), (value) => {
        const text = toText(value)
        // oxlint-disable-next-line no-control-regex
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
        const hex = Buffer.from(value).toString('hex')
        expect(seen.get(text) ?? hex).toBe(hex)
        seen.set(text, hex)
      }),
    )
  })
})

describe('bytes in an argument', () => {
  it('are UTF-8, hexadecimal or base64', () => {
    expect(fromArgument('größe', {})).toEqual(Buffer.from('größe'))
    expect(fromArgument('00fF', { hex: true })).toEqual(bytes(0x00, 0xff))
    expect(fromArgument('AP8=', { base64: true })).toEqual(bytes(0x00, 0xff))
    expect(fromArgument('AP8', { base64: true })).toEqual(bytes(0x00, 0xff))
  })

  it('are refused when they are misspelt', () => {
    for (const text of ['0', 'zz', '0x00'])
      expect(() => fromArgument(text, { hex: true })).toThrow(/not hexadecimal/)
    for (const text of ['*', 'A', 'AB=C'])
      expect(() => fromArgument(text, { base64: true })).toThrow(/not base64/)
    expect(() => fromArgument('', { hex: true, base64: true })).toThrow(/exclude/)
    expect(() => fromArgument('\u{fffd}', {})).toThrow(/not UTF-8/)
  })
})

describe('the width of a text on a terminal', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['größe', 5],
    ['gro\u0308ße', 5],
    ['漢字', 4],
    ['かなカナ', 8],
    ['ｶﾅ', 2],
    ['한글', 4],
    ['ＡＢ、', 6],
    ['😀👩‍👩‍👧❤️', 6],
    ['a\u200bb', 2],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  it('is never more than is asked for', () => {
    expect(shortened('漢字かな', 8)).toBe('漢字かな')
    expect(shortened('漢字かな', 7)).toBe('漢字か…')
    expect(shortened('漢字かな', 6)).toBe('漢字…')
    expect(shortened('plain', 1)).toBe('…')
    expect(shortened('plain', 0)).toBe('')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, width) => {
        expect(displayWidth(shortened(text, width))).toBeLessThanOrEqual(width)
      }),
    )
  })
})
