import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AbortedError,
  ClosedError,
  type Codec,
  InvalidArgumentError,
  InvalidProofError,
  json,
  ProllyTree,
  ValueLink,
  verifyProof,
} from '../ts/index.js'

/** Nodes of a few entries make deep trees of few keys. */
const config = {
  leaf: { window: 1, min: 2, max: 4 },
  internal: { window: 1, min: 2, max: 4 },
  inlineValueMax: 40,
}
const key = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((number) => `k${number}`),
  fc.constantFrom('', 'ü', '🌳', '\uffee'),
)
const value = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.integer({ min: 1, max: 3 }).map((length) => 'v'.repeat(length * 30)),
)
const entries = fc.array(fc.tuple(key, value), { maxLength: 40 })

function byBytes([one]: [string, string], [other]: [string, string]): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function filled(rows: Iterable<[string, string]>): ProllyTree<string, string> {
  const tree = ProllyTree.create({ config })
  tree.insertBatch(rows)
  return tree
}

const hundred = Array.from({ length: 100 }, (_, index): [string, string] => [
  `row:${String(index).padStart(2, '0')}`,
  'v'.repeat(index),
])

describe('a proof', () => {
  it('answers as a sorted array does, to whoever has the root hash alone', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(key, { maxLength: 6 }), key, key, async (rows, keys, from, to) => {
        const model = [...new Map(rows)].toSorted(byBytes)
        const get = (one: string): string | undefined => new Map(model).get(one)
        using tree = filled(rows)
        const rootHash = await tree.rootHash()

        const ofKey = await tree.generateProof(from)
        expect(await verifyProof(rootHash, ofKey, from)).toBe(get(from))
        const ofKeys = await tree.generateProof(keys)
        expect(await verifyProof(rootHash, ofKeys, keys)).toEqual(keys.map(get))
        const range = { gt: from, lte: to }
        const ofRange = await tree.generateProof(range)
        expect(await verifyProof(rootHash, ofRange, range)).toEqual(
          model.filter((entry) => byBytes(entry, [from, '']) > 0 && byBytes(entry, [to, '']) <= 0),
        )
        const ofAll = await tree.generateProof({})
        expect(await verifyProof(rootHash, ofAll, {})).toEqual(model)
      }),
      { numRuns: 100 },
    )
  })

  it('is not valid once a byte of it is changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        entries,
        key,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (rows, one, at, change) => {
          using tree = filled(rows)
          const proof = await tree.generateProof(one)
          proof[at % proof.length] = (proof[at % proof.length] ?? 0) ^ change
          await expect(tree.verify(proof, one)).rejects.toThrow(InvalidProofError)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is refused with any byte changed, cut anywhere, or with more behind it', async () => {
    using tree = filled(hundred)
    const rootHash = await tree.rootHash()
    const query = { gte: 'row:40', lt: 'row:43' }
    const proof = await tree.generateProof(query)
    expect(await verifyProof(rootHash, proof, query)).toEqual(hundred.slice(40, 43))
    const refused = async (forged: Uint8Array, what: number): Promise<void> => {
      const error = await verifyProof(rootHash, forged, query).catch((thrown: unknown) => thrown)
      expect(error, String(what)).toBeInstanceOf(InvalidProofError)
    }
    for (let at = 0; at < proof.length; at++) {
      const forged = Buffer.from(proof)
      forged[at] = (forged[at] ?? 0) ^ (1 << (at % 8))
      await refused(forged, at)
      await refused(proof.subarray(0, at), at)
    }
    await refused(Buffer.concat([proof, Buffer.of(0)]), proof.length)
    await refused(Buffer.concat([proof, proof]), 2 * proof.length)
    await refused(new Uint8Array(), 0)
  })

  it('says nothing about another tree, or another query', async () => {
    using tree = filled(hundred)
    using before = await tree.snapshot()
    const proof = await tree.generateProof('row:07')
    tree.update('row:07', 'changed')
    await expect(tree.verify(proof, 'row:07')).rejects.toThrow(InvalidProofError)
    expect(await before.verify(proof, 'row:07')).toBe('v'.repeat(7))
    expect(await tree.verify(await tree.generateProof('row:07'), 'row:07')).toBe('changed')
    await expect(before.verify(proof, 'row:77')).rejects.toThrow(InvalidProofError)
    await expect(before.verify(proof, ['row:07', 'row:77'])).rejects.toThrow(InvalidProofError)
    await expect(before.verify(proof, {})).rejects.toThrow(InvalidProofError)
    await expect(verifyProof('0'.repeat(64), proof, 'row:07')).rejects.toMatchObject({
      name: 'InvalidProofError',
      code: 'PROLLY_INVALID_PROOF',
      message: expect.stringMatching(/^the proof is not valid: /),
      details: { reason: expect.any(String) },
    })
  })

  it('is the same from a tree, a snapshot and a tree with pending writes', async () => {
    using tree = filled(hundred)
    using snapshot = await tree.snapshot()
    const proof = await tree.generateProof(['row:01', 'none'])
    expect(await snapshot.generateProof(['row:01', 'none'])).toEqual(proof)
    using other = filled(hundred.toReversed())
    expect(await other.generateProof(['row:01', 'none'])).toEqual(proof)
    expect(await other.verify(proof, ['none', 'row:01', 'none'])).toEqual([undefined, 'v', undefined])
  })

  it('of nothing is checked too', async () => {
    using tree = filled(hundred)
    const proof = await tree.generateProof([])
    expect(await tree.verify(proof, [])).toEqual([])
    const crossed = { gt: 'b', lt: 'a' }
    expect(await tree.generateProof(crossed)).toEqual(proof)
    expect(await tree.verify(proof, crossed)).toEqual([])
    await expect(tree.verify(proof.subarray(1), [])).rejects.toThrow(InvalidProofError)
    await expect(verifyProof('0'.repeat(64), proof, [])).rejects.toThrow(InvalidProofError)
  })

  it('holds for an empty tree', async () => {
    using tree = ProllyTree.create()
    const proof = await tree.generateProof('a')
    expect(await tree.verify(proof, 'a')).toBeUndefined()
    expect(await tree.verify(await tree.generateProof({}), {})).toEqual([])
  })

  it('of many entries comes whole', async () => {
    using tree = ProllyTree.create()
    const rows = Array.from({ length: 5000 }, (_, index): [string, string] => [
      `row:${10_000 + index}`,
      `value ${index}`,
    ])
    tree.insertBatch(rows)
    const range = { prefix: 'row:' }
    expect(await tree.verify(await tree.generateProof(range), range)).toEqual(rows)
    const keys = rows.map(([one]) => one).toReversed()
    expect(await tree.verify(await tree.generateProof(keys), keys)).toEqual(
      rows.map(([, one]) => one).toReversed(),
    )
  })

  it('carries long values, or their links', async () => {
    using tree = ProllyTree.create({ valueEncoding: 'buffer' })
    const long = Buffer.alloc(300_000, 'long ')
    tree.insertBatch([
      ['long', long],
      ['long too', long],
      ['short', Buffer.from('short')],
    ])
    const proof = await tree.generateProof({})
    expect(await tree.verify(proof, {})).toEqual([
      ['long', long],
      ['long too', long],
      ['short', Buffer.from('short')],
    ])
    const links = await tree.generateProof({}, { linksOnly: true })
    expect(links.length).toBeLessThan(1000)
    const [first, second, third] = await tree.verify(links, {}, { allowLinks: true })
    expect(first?.[1]).toBeInstanceOf(ValueLink)
    expect(first?.[1]).toMatchObject({
      length: 300_000,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    })
    expect(second?.[1]).toEqual(first?.[1])
    expect(third).toEqual(['short', Buffer.from('short')])
    await expect(tree.verify(links, {})).rejects.toMatchObject({
      code: 'PROLLY_INVALID_PROOF',
      message: expect.stringContaining('allowLinks') as unknown,
    })
    for (let at = 0; at < links.length; at++) {
      const forged = Buffer.from(links)
      forged[at] = (forged[at] ?? 0) ^ (1 << (at % 8))
      const error = await tree.verify(forged, {}, { allowLinks: true }).catch((thrown: unknown) => thrown)
      expect(error, String(at)).toBeInstanceOf(InvalidProofError)
    }
    expect(await tree.verify(proof, {}, { allowLinks: true })).toEqual(await tree.verify(proof, {}))
    const one = await tree.generateProof('long', { linksOnly: true })
    expect(await tree.verify(one, 'long', { allowLinks: true })).toEqual(first?.[1])
    const short = await tree.generateProof('short', { linksOnly: true })
    expect(await tree.verify(short, ['short'])).toEqual([Buffer.from('short')])
  })

  it('has keys and values in any encoding', async () => {
    const uint16: Codec<number> = {
      name: 'uint16',
      encode: (number) => Buffer.of(number >> 8, number & 0xff),
      decode: ([high = 0, low = 0]) => high * 256 + low,
    }
    const user = json<{ name: string }>()
    using tree = ProllyTree.create({ keyEncoding: uint16, valueEncoding: user })
    tree.insert(258, { name: 'Ada' })
    const rootHash = await tree.rootHash()
    const proof = await tree.generateProof(258)
    const options = { keyEncoding: uint16, valueEncoding: user }
    expect((await verifyProof(rootHash, proof, 258, options))?.name).toBe('Ada')
    expect(await verifyProof(rootHash, proof, { gte: 1 }, options)).toEqual([[258, { name: 'Ada' }]])
    expect(await tree.verify(proof, 258)).toEqual({ name: 'Ada' })
    const bytes = { keyEncoding: 'view', valueEncoding: 'view' } as const
    expect(await tree.generateProof(Uint8Array.of(1, 2), { keyEncoding: 'view' })).toEqual(proof)
    expect(await tree.verify(proof, Uint8Array.of(1, 2), bytes)).toEqual(
      new TextEncoder().encode('{"name":"Ada"}'),
    )
    expect(await tree.verify(proof, [Buffer.of(1, 2)], { ...bytes, valueEncoding: 'utf8' })).toEqual([
      '{"name":"Ada"}',
    ])
    const failing: Codec<string> = {
      name: 'failing',
      encode: (text) => Buffer.from(text),
      decode() {
        throw new TypeError('mine')
      },
    }
    await expect(tree.verify(proof, 258, { valueEncoding: failing })).rejects.toThrow(new TypeError('mine'))
  })

  it('with keys that are objects asks for them in an array, or by range', async () => {
    const pair: Codec<{ id: number }> = {
      name: 'pair',
      encode: ({ id }) => Buffer.of(id),
      decode: ([id = 0]) => ({ id }),
    }
    using tree = ProllyTree.create({ keyEncoding: pair })
    tree.insert({ id: 7 }, 'seven')
    expect(await tree.verify(await tree.generateProof([{ id: 7 }]), [{ id: 7 }])).toEqual(['seven'])
    const range = { gte: { id: 1 } }
    expect(await tree.verify(await tree.generateProof(range), range)).toEqual([[{ id: 7 }, 'seven']])
    await expect(tree.generateProof({ id: 7 } as never)).rejects.toThrow("options has no 'id'")
  })

  it('is refused with wrong arguments, which are named', async () => {
    using tree = filled(hundred)
    const rootHash = await tree.rootHash()
    const proof = await tree.generateProof('row:01')
    const wrong: [() => Promise<unknown>, string][] = [
      [() => verifyProof(rootHash, 'proof' as never, 'a'), "proof must be a Uint8Array, not 'proof'"],
      [() => verifyProof(rootHash, [1, 2] as never, 'a'), 'proof must be a Uint8Array'],
      [() => verifyProof(rootHash, undefined as never, 'a'), 'proof must be a Uint8Array, not undefined'],
      [() => verifyProof(5 as never, proof, 'a'), 'rootHash must be a string, not 5'],
      [() => verifyProof('', proof, 'a'), 'rootHash must be a string that is not empty'],
      [() => verifyProof('abc', proof, 'a'), 'rootHash is no root hash'],
      [() => verifyProof(rootHash, proof, 5 as never), 'key must be a string'],
      [() => verifyProof(rootHash, proof, null as never), 'key must be a string'],
      [() => verifyProof(rootHash, proof, undefined as never), 'key must be a string'],
      [() => verifyProof(rootHash, proof, ['a', 5 as never]), 'keys[1]: key must be a string'],
      [() => verifyProof(rootHash, proof, { gte: undefined as never }), 'gte must be a key'],
      [() => verifyProof(rootHash, proof, { limit: 1 } as never), "options has no 'limit'"],
      [() => verifyProof(rootHash, proof, 'a', { linksOnly: true } as never), "options has no 'linksOnly'"],
      [
        () => verifyProof(rootHash, proof, 'a', { allowLinks: 1 as never }),
        'allowLinks must be true or false',
      ],
      [() => verifyProof(rootHash, proof, 'a', { valueEncoding: 'hex' as never }), 'valueEncoding must be'],
      [() => verifyProof(rootHash, proof, 'a', { signal: 'now' as never }), 'signal must be an AbortSignal'],
      [() => tree.verify('proof' as never, 'a'), 'proof must be a Uint8Array'],
      [() => tree.generateProof(5 as never), 'key must be a string'],
      [() => tree.generateProof('\ud800'), 'key must be text without lone surrogates'],
      [() => tree.generateProof('a', { linksOnly: 'yes' as never }), 'linksOnly must be true or false'],
      [() => tree.generateProof('a', { keyEncoding: 'json' as never }), 'keyEncoding must be'],
      [() => tree.generateProof('a', null as never), 'options must be an object'],
    ]
    for (const [call, message] of wrong) {
      const error = await call().catch((thrown: unknown) => thrown)
      expect(error, message).toBeInstanceOf(InvalidArgumentError)
      expect((error as Error).message).toContain(message)
      expect((error as Error).stack?.split('\n    at ')[1]).toContain('proofs.test.ts')
    }
  })

  it('is given up by a signal, and refused by what is closed', async () => {
    const tree = filled(hundred)
    const snapshot = await tree.snapshot()
    const rootHash = await tree.rootHash()
    const proof = await tree.generateProof('row:01')
    const signal = AbortSignal.abort()
    await expect(tree.generateProof('row:01', { signal })).rejects.toThrow(AbortedError)
    await expect(verifyProof(rootHash, proof, 'row:01', { signal })).rejects.toThrow(AbortedError)
    snapshot.close()
    await expect(snapshot.generateProof('row:01')).rejects.toThrow(ClosedError)
    await expect(snapshot.verify(proof, 'row:01')).rejects.toThrow('the snapshot is closed')
    tree.close()
    await expect(tree.generateProof('row:01')).rejects.toThrow('the tree is closed')
    await expect(tree.verify(proof, 'row:01')).rejects.toThrow(ClosedError)
    expect(await verifyProof(rootHash, proof, 'row:01')).toBe('v')
  })
})
