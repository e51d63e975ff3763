import { describe, expect, it } from 'vitest'
import {
  InvalidArgumentError,
  InvalidProofError,
  json,
  type KeyQuery,
  NotFoundError,
  VersionedKvStore,
  verifyProof,
  verifyStoreProof,
} from '../ts/index.js'

const author = { name: 'Ada', email: 'ada@example.org' }

async function priced(): Promise<{ store: VersionedKvStore<string, string>; rootHash: string }> {
  const store = await VersionedKvStore.memory()
  store.insertBatch([
    ['apple', '1'],
    ['pear', '2'],
  ])
  store.namespace('prices').insertBatch([
    ['pear', '180'],
    ['plum', '150'],
    ['quince', 'x'.repeat(5000)],
  ])
  await store.commit('Begin', { author })
  using version = await store.at('HEAD')
  return { store, rootHash: version.rootHash }
}

describe('proofs of a version', () => {
  it('answer keys, arrays and ranges, each in its namespace', async () => {
    const { store, rootHash } = await priced()
    const told = async (query: KeyQuery<string>, options: { namespace?: string } = {}): Promise<unknown> => {
      const proof = await store.prove(query, options)
      return verifyStoreProof(rootHash, proof, query as string, options)
    }
    const prices = { namespace: 'prices' }
    expect(await told('pear')).toBe('2')
    expect(await told('plum')).toBeUndefined()
    expect(await told('plum', prices)).toBe('150')
    expect(await told(['plum', 'fig', 'plum', 'pear'], prices)).toEqual(['150', undefined, '150', '180'])
    expect(await told([], prices)).toEqual([])
    expect(await told({ lt: 'q' }, prices)).toEqual([
      ['pear', '180'],
      ['plum', '150'],
    ])
    expect(await told({})).toEqual([
      ['apple', '1'],
      ['pear', '2'],
    ])
    expect(await told('quince', prices)).toHaveLength(5000)
    expect(await told({}, { namespace: 'none' })).toEqual([])
    await store.close()
  })

  it('are of the revision that was asked, not of what is staged; a snapshot proves that', async () => {
    const { store, rootHash } = await priced()
    store.insert('apple', '7')
    expect(await verifyStoreProof(rootHash, await store.prove('apple'), 'apple')).toBe('1')
    using staged = await store.snapshot()
    const proof = await staged.prove('apple')
    expect(await verifyStoreProof(staged.rootHash, proof, 'apple')).toBe('7')
    await store.commit('Again', { author })
    expect((await store.commitInfo()).rootHash).toBe(staged.rootHash)
    const before = await store.prove('apple', { ref: 'HEAD~1' })
    expect(await verifyStoreProof(rootHash, before, 'apple')).toBe('1')
    await expect(verifyStoreProof(staged.rootHash, before, 'apple')).rejects.toThrow(InvalidProofError)
    await store.close()
  })

  it('refuse to prove anything else', async () => {
    const { store, rootHash } = await priced()
    const proof = await store.prove('pear', { namespace: 'prices' })
    const ofDefault = await store.prove('pear')
    const prices = { namespace: 'prices' }
    const wrong = [
      () => verifyStoreProof(rootHash, proof, 'pear'),
      () => verifyStoreProof(rootHash, proof, 'pear', { namespace: 'other' }),
      () => verifyStoreProof(rootHash, ofDefault, 'pear', prices),
      // As a key of the bare tree "pear" is missing, which must not pass for a missing key of the store.
      () => verifyProof(rootHash, proof, 'pear'),
      () => verifyStoreProof(rootHash, proof.subarray(0, -1), 'pear', prices),
      () => verifyStoreProof(rootHash, Buffer.alloc(0), 'pear'),
    ]
    for (const verification of wrong) await expect(verification()).rejects.toThrow(InvalidProofError)
    await store.close()
  })

  it('read keys and values as they are told to', async () => {
    const encodings = { keyEncoding: json<(string | number)[]>(), valueEncoding: json() }
    await using store = await VersionedKvStore.memory(encodings)
    store.insert([1, 'a'], { on: true })
    await store.commit('Begin', { author })
    using version = await store.at('HEAD')
    const proof = await version.prove([[1, 'a']])
    expect(await verifyStoreProof(version.rootHash, proof, [[1, 'a']], encodings)).toEqual([{ on: true }])
    expect(await store.prove(['[1,"a"]'], { keyEncoding: 'utf8' })).toEqual(proof)
  })

  it('check their arguments', async () => {
    const { store, rootHash } = await priced()
    const proof = await store.prove('pear')
    await expect(store.prove('pear', { ref: 'nowhere' })).rejects.toThrow(NotFoundError)
    const wrong = [
      () => store.prove('pear', { namespace: '' }),
      () => store.prove('pear', { rev: 'HEAD' } as never),
      () => store.prove({ prefix: 7 } as never),
      () => verifyStoreProof('12', proof, 'pear'),
      () => verifyStoreProof(rootHash, 'proof' as never, 'pear'),
      () => verifyStoreProof(rootHash, proof, 'pear', { allowLinks: true } as never),
      () => verifyStoreProof(rootHash, proof, 'pear', { namespace: 7 } as never),
    ]
    for (const call of wrong) await expect(call()).rejects.toThrow(InvalidArgumentError)
    const aborted = AbortSignal.abort()
    await expect(store.prove('pear', { signal: aborted })).rejects.toMatchObject({ code: 'PROLLY_ABORTED' })
    await expect(verifyStoreProof(rootHash, proof, 'pear', { signal: aborted })).rejects.toMatchObject({
      code: 'PROLLY_ABORTED',
    })
    await store.close()
    await expect(store.prove('pear')).rejects.toMatchObject({ code: 'PROLLY_CLOSED' })
  })
})
