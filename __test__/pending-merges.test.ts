import { describe, expect, it } from 'vitest'
import {
  DELETE,
  InvalidArgumentError,
  MergeConflictError,
  MergePendingError,
  NotFoundError,
  TAKE_DESTINATION,
  TAKE_SOURCE,
  VersionedKvStore,
} from '../ts/index.js'

const author = { name: 'Ada', email: 'ada@example.org' }

/** Both branches changed `a` and `b`; `feature` alone made `new`, and deleted `c` that `main` changed. */
async function crossed(): Promise<VersionedKvStore<string, string>> {
  const store = await VersionedKvStore.memory({ branch: 'main' })
  const write = (entries: Record<string, string>): void => store.insertBatch(Object.entries(entries))
  write({ a: '1', b: '2', c: '3' })
  store.namespace('flags').insert('dark', 'off')
  await store.commit('first', { author })
  await store.checkout('HEAD', { create: 'feature' })
  write({ a: 'feature a', b: 'feature b', new: 'feature' })
  store.namespace('flags').insert('dark', 'on')
  store.delete('c')
  await store.commit('on feature', { author })
  await store.checkout('main')
  write({ a: 'main a', b: 'main b', c: 'main c' })
  store.namespace('flags').insert('dark', 'auto')
  await store.commit('on main', { author })
  return store
}

describe('a merge that is suspended', () => {
  it('keeps its conflicts until they are settled', async () => {
    await using store = await crossed()
    expect(await store.merge('feature', { author, suspend: true })).toEqual({
      kind: 'suspended',
      conflicts: 4,
    })
    const merge = {
      operation: 'merge',
      named: 'feature',
      source: (await store.commitInfo('feature')).id,
      message: "Merge 'feature' into 'main'",
      conflicts: 4,
    }
    expect(await store.pendingMerge()).toEqual(merge)
    expect(await store.status()).toMatchObject({ added: 1, modified: 0, clean: false, merge })
    expect(await store.conflicts().toArray()).toEqual([
      { key: 'a', base: '1', destination: 'main a', source: 'feature a' },
      { key: 'b', base: '2', destination: 'main b', source: 'feature b' },
      { key: 'c', base: '3', destination: 'main c' },
      { namespace: 'flags', key: 'dark', base: 'off', destination: 'auto', source: 'on' },
    ])
    expect(store.get('new')).toBe('feature')

    await store.resolveConflict('a', 'both')
    await store.resolveConflict('b', TAKE_DESTINATION)
    await store.resolveConflict('dark', TAKE_SOURCE, { namespace: 'flags' })
    const early = store.continueMerge()
    await expect(early).rejects.toThrow('the merge has conflicts: "c"; settle them first')
    await expect(early).rejects.toMatchObject({ conflicts: [{ key: 'c', destination: 'main c' }] })
    await expect(store.commit('no', { author })).rejects.toThrow(MergePendingError)
    await store.resolveConflict('c', DELETE)

    const id = await store.continueMerge({ message: 'Joined' })
    expect(await store.commitInfo()).toMatchObject({ id, message: 'Joined', parents: { length: 2 }, author })
    expect(store.entries().toArray()).toEqual([
      ['a', 'both'],
      ['b', 'main b'],
      ['new', 'feature'],
    ])
    expect(store.namespace('flags').get('dark')).toBe('on')
    expect(await store.pendingMerge()).toBeUndefined()
    expect((await store.status()).clean).toBe(true)
  })

  it('settles all by one side, or goes', async () => {
    await using store = await crossed()
    await store.merge('feature', { author, suspend: true })
    store.insert('a', 'by hand')
    expect(await store.resolveConflicts('takeSource')).toBe(3)
    expect(await store.conflicts().toArray()).toEqual([])
    await store.continueMerge()
    expect(store.getMany(['a', 'b', 'c'])).toEqual(['by hand', 'feature b', undefined])

    for (const value of ['again', 'and again']) {
      store.insert('a', value)
      await store.commit(value, { author })
    }
    expect(await store.revert('HEAD~1', { author, suspend: true })).toMatchObject({ kind: 'suspended' })
    await store.abortMerge()
    expect(store.get('a')).toBe('and again')
    expect((await store.status()).clean).toBe(true)
  })

  it('is one without conflicts when there are none', async () => {
    await using store = await crossed()
    await store.checkout('feature')
    await store.checkout('HEAD', { create: 'further' })
    store.insert('d', '1')
    await store.commit('d', { author })
    await store.checkout('feature')
    expect(await store.merge('further', { author, suspend: true })).toMatchObject({ kind: 'fast-forward' })
    expect(await store.pendingMerge()).toBeUndefined()
    expect(await store.conflicts().toArray()).toEqual([])
  })

  it('says what cannot be', async () => {
    await using store = await crossed()
    for (const nothing of [
      () => store.continueMerge(),
      () => store.abortMerge(),
      () => store.resolveConflicts('takeSource'),
      () => store.resolveConflict('a', '1'),
    ]) {
      await expect(nothing()).rejects.toThrow(NotFoundError)
    }
    const both = { author, suspend: true, strategy: 'takeSource' } as const
    await expect(store.merge('feature', both)).rejects.toThrow(InvalidArgumentError)
    await store.merge('feature', { author, suspend: true })
    await expect(store.resolveConflict('new', 'x')).rejects.toThrow('there is no conflict "new"')
    await expect(store.resolveConflict('a', 'x', { namespace: 'flags' })).rejects.toThrow(NotFoundError)
    await expect(store.resolveConflict('a', undefined as never)).rejects.toThrow(InvalidArgumentError)
    await expect(store.resolveConflicts('ignoreAll' as never)).rejects.toThrow(InvalidArgumentError)
    await expect(store.merge('feature', { author })).rejects.toMatchObject({
      code: 'PROLLY_MERGE_PENDING',
      details: { operation: 'merge', pending: 'merge' },
    })
    await expect(store.continueMerge()).rejects.toThrow(MergeConflictError)
    expect(await store.conflicts().toArray()).toHaveLength(4)
  })
})

describe('a resolver', () => {
  it('can take a side', async () => {
    await using store = await crossed()
    await store.merge('feature', {
      author,
      resolve: ({ key }) => (key === 'a' ? TAKE_SOURCE : TAKE_DESTINATION),
    })
    expect(store.getMany(['a', 'b', 'c'])).toEqual(['feature a', 'main b', 'main c'])
  })
})
