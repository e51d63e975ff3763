import { describe, expect, it } from 'vitest'
import { type Codec, InvalidArgumentError, json, ProllyError, ProllyTree } from '../ts/index.js'

const uint32: Codec<number> = {
  name: 'uint32',
  encode(value) {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  },
  decode: (bytes) => Buffer.from(bytes).readUInt32BE(),
}

describe('encodings', () => {
  it('keeps text of every kind', () => {
    using tree = ProllyTree.create()
    const texts = [
      '',
      'plain',
      'ünïcödé',
      '漢字',
      '🌳',
      'a\u0000b',
      '\ufffd',
      'é'.repeat(40),
      'x'.repeat(70_000),
      '🌳'.repeat(30_000),
    ]
    texts.forEach((text, index) => tree.insert(`${index}`, text))
    texts.forEach((text, index) => expect(tree.get(`${index}`)).toBe(text))
    for (const key of texts.filter((text) => text.length < 100)) tree.insert(key, `value of ${key}`)
    for (const key of texts.filter((text) => text.length < 100)) expect(tree.get(key)).toBe(`value of ${key}`)
  })

  it('orders text by code points', () => {
    using tree = ProllyTree.create()
    // In UTF-16 the tree, a surrogate pair, would come before the last one.
    tree.insertBatch(['\uffee', '🌳', 'é', 'z', 'a'].map((key) => [key, '']))
    expect([...tree.keys()]).toEqual(['a', 'z', 'é', '\uffee', '🌳'])
  })

  it('never makes up text for bytes that are not UTF-8', () => {
    using tree = ProllyTree.create()
    const bytes = Buffer.from([0x61, 0xff, 0x62])
    tree.insert('key', bytes, { valueEncoding: 'buffer' })
    expect(() => tree.get('key')).toThrow(expect.objectContaining({ code: 'PROLLY_DECODE_ERROR' }))
    expect(() => [...tree.entries()]).toThrow(ProllyError)
    expect(tree.get('key', { valueEncoding: 'buffer' })).toEqual(bytes)
    expect(() => tree.get('key', { valueEncoding: 'json' })).toThrow(
      expect.objectContaining({ code: 'PROLLY_DECODE_ERROR' }),
    )
  })

  it('gives bytes of their own', () => {
    using tree = ProllyTree.create({ keyEncoding: 'buffer', valueEncoding: 'view' })
    const key = Buffer.from([0, 255, 1])
    const value = Uint8Array.from([1, 2, 3])
    tree.insert(key, value)
    value.fill(9)
    const [first, second] = [tree.get(key), tree.get(key)]
    first?.fill(7)
    expect(second).toEqual(Uint8Array.from([1, 2, 3]))
    expect(second).not.toBeInstanceOf(Buffer)
    const [[readKey] = []] = tree.entries()
    expect(readKey).toBeInstanceOf(Buffer)
    expect(readKey).toEqual(key)
  })

  it('reads and writes JSON', () => {
    using tree = ProllyTree.create({ valueEncoding: 'json' })
    const values = [null, true, 0, 'text', [1, [2]], { a: { b: 'ü' } }]
    tree.insertBatch(values.map((value, index) => [`${index}`, value]))
    expect([...tree.values()]).toEqual(values)
    expect(() => tree.insert('x', undefined)).toThrow(InvalidArgumentError)
    expect(() => tree.insert('x', () => 1)).toThrow(
      "value must be a value with a JSON form (encoding 'json')",
    )
    expect(tree.has('x')).toBe(false)
    using typed = ProllyTree.create({ valueEncoding: json<{ name: string }>() })
    typed.insert('a', { name: 'Ada' })
    expect(typed.get('a')?.name).toBe('Ada')
  })

  it('takes codecs, which decide the order of keys', () => {
    using tree = ProllyTree.create({ keyEncoding: uint32, valueEncoding: json<string>() })
    tree.insertBatch([300, 2, 70_000, 10].map((key) => [key, String(key)]))
    expect([...tree.keys()]).toEqual([2, 10, 300, 70_000])
    expect([...tree.keys({ gt: 2, lte: 300 })]).toEqual([10, 300])
    expect(tree.getMany([10, 11])).toEqual(['10', undefined])
  })

  it('passes on what a codec throws, and refuses what is no bytes', () => {
    const fault = new Error('cannot')
    const broken = {
      name: 'broken',
      encode(): Uint8Array {
        throw fault
      },
      decode: () => 1,
    }
    using tree = ProllyTree.create()
    expect(() => tree.insert('a', 1, { valueEncoding: broken })).toThrow(fault)
    const wrong = { ...broken, encode: () => 'text' as never }
    expect(() => tree.insert('a', 1, { valueEncoding: wrong })).toThrow(
      "encoded to a Uint8Array by the codec 'broken', not 'text'",
    )
    expect(() => ProllyTree.create({ keyEncoding: { name: 'half' } as never })).toThrow(InvalidArgumentError)
    expect(tree.count()).toBe(0)
  })

  it('lets a codec use the store it encodes for', () => {
    using tree = ProllyTree.create()
    tree.insert('other', 'looked up')
    const nested: Codec<string> = {
      name: 'nested',
      encode: (value) => Buffer.from(`${value} ${tree.get('other')}`),
      decode: (bytes) => `${Buffer.from(bytes).toString()} ${tree.get('other')}`,
    }
    tree.insert('key', 'value', { valueEncoding: nested })
    expect(tree.get('key')).toBe('value looked up')
    expect(tree.get('key', { valueEncoding: nested })).toBe('value looked up looked up')
  })

  it('chooses encodings call by call', () => {
    using tree = ProllyTree.create({ keyEncoding: uint32 })
    tree.insert(1, 'one')
    expect(tree.get(Buffer.from([0, 0, 0, 1]), { keyEncoding: 'buffer' })).toBe('one')
    expect([...tree.keys({ keyEncoding: 'view' })]).toEqual([Uint8Array.from([0, 0, 0, 1])])
    expect([...tree.entries({ valueEncoding: 'buffer' })]).toEqual([[1, Buffer.from('one')]])
    expect(tree.delete(Buffer.from([0, 0, 0, 1]), { keyEncoding: 'buffer' })).toBe(true)
  })
})
