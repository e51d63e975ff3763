import { describe, expect, it } from 'vitest'
import {
  InvalidArgumentError,
  type KeyQuery,
  MergeConflictError,
  NotFoundError,
  NothingToCommitError,
  VersionedKvStore,
} from '../ts/index.js'

const author = { name: 'Ada', email: 'ada@example.org' }

async function twoBranches(): Promise<VersionedKvStore<string, string>> {
  const store = await VersionedKvStore.memory({ branch: 'main' })
  store.insertBatch([
    ['a', '1'],
    ['b', '1'],
  ])
  await store.commit('first', { author })
  await store.checkout('HEAD', { create: 'feature' })
  store.insert('a', '2')
  await store.commit('on feature', { author })
  await store.checkout('main')
  store.insert('b', '2')
  await store.commit('on main', { author })
  return store
}

describe('history', () => {
  it('tells of a key, of several and of a range what each commit did', async () => {
    await using store = await twoBranches()
    await store.merge('feature', { author })
    store.delete('a')
    await store.commit('removed', { author })
    const told = async (query: KeyQuery<string>, options = {}): Promise<string[]> => {
      const entries = await store.history(query, options).toArray()
      return entries.map(
        ({ commit, type, key, oldValue, newValue }) =>
          `${commit.message}: ${type} ${key} ${oldValue ?? '-'} ${newValue ?? '-'}`,
      )
    }
    const ofA = ['removed: removed a 2 -', 'on feature: modified a 1 2', 'first: added a - 1']
    expect(await told('a')).toEqual(ofA)
    expect(await told('a', { limit: 1 })).toEqual(ofA.slice(0, 1))
    expect(await told('a', { ref: 'main~1..' })).toEqual(ofA.slice(0, 1))
    expect(await told(['b', 'none'])).toEqual(['on main: modified b 1 2', 'first: added b - 1'])
    expect(await told({ gte: 'a' })).toHaveLength(5)
    expect(await told('none')).toEqual([])
    const messages = async (options: Parameters<typeof store.log>[0]): Promise<string[]> =>
      (await store.log(options).toArray()).map(({ message }) => message)
    expect(await messages({ touching: 'b' })).toEqual(['on main', 'first'])
    expect(await messages({ touching: { prefix: 'a' }, firstParent: true })).toEqual([
      'removed',
      "Merge 'feature' into 'main'",
      'first',
    ])
    expect(await messages({ ref: 'feature..main', limit: 1 })).toEqual(['removed'])
  })

  it('decodes keys and values as asked', async () => {
    await using store = await VersionedKvStore.memory({ valueEncoding: 'json' })
    store.insert('a', { count: 1 })
    await store.commit('first', { author })
    const [entry] = await store.history('a').toArray()
    expect(entry).toMatchObject({ type: 'added', newValue: { count: 1 } })
    const [bytes] = await store.history('a', { valueEncoding: 'buffer' }).toArray()
    expect(bytes?.newValue).toEqual(Buffer.from('{"count":1}'))
  })

  it('refuses what it cannot follow', async () => {
    await using store = await twoBranches()
    await expect(store.history('a', { ref: 'mian' }).toArray()).rejects.toThrow(NotFoundError)
    await expect(store.history('a', { namespace: 'none' }).toArray()).rejects.toThrow(NotFoundError)
    await expect(store.log({ ref: 'main...feature', firstParent: true }).toArray()).rejects.toThrow(
      InvalidArgumentError,
    )
    expect(() => store.history('a', { limt: 1 } as object)).toThrow(InvalidArgumentError)
    const none = await VersionedKvStore.memory()
    expect(await none.history('a').toArray()).toEqual([])
    await none.close()
  })

  it('finds what two branches have in common', async () => {
    await using store = await twoBranches()
    const first = await store.commitInfo('main~1')
    expect(await store.mergeBase('main', 'feature')).toBe(first.id)
    await expect(store.mergeBase('main', 'none')).rejects.toThrow(NotFoundError)
  })
})

describe('revert and cherryPick', () => {
  it('undo a commit, and do it again', async () => {
    await using store = await twoBranches()
    const picked = await store.cherryPick('feature', { committer: author })
    expect(picked).toMatchObject({ kind: 'merged', conflicts: 0 })
    expect(store.getMany(['a', 'b'])).toEqual(['2', '2'])
    expect((await store.commitInfo()).message).toBe('on feature')
    await store.revert('HEAD', { author })
    expect(store.getMany(['a', 'b'])).toEqual(['1', '2'])
    await expect(store.revert('HEAD~1', { author })).rejects.toThrow(NothingToCommitError)
  })

  it('settle conflicts as a merge does', async () => {
    await using store = await twoBranches()
    store.insert('a', '3')
    await store.commit('third', { author })
    const committer = author
    await expect(store.cherryPick('feature', { committer })).rejects.toThrow(MergeConflictError)
    const seen: unknown[] = []
    await store.cherryPick('feature', {
      committer,
      message: 'both',
      resolve: (conflict) => {
        seen.push(conflict)
        return '5'
      },
    })
    expect(seen).toMatchObject([{ key: 'a', base: '1', destination: '3', source: '2' }])
    expect(store.get('a')).toBe('5')
    const before = store.head()
    await store.revert('HEAD~1', { author, strategy: 'takeSource', dryRun: true })
    expect(store.head()).toEqual(before)
    await store.revert('HEAD~1', { author, strategy: 'takeSource' })
    expect(store.get('a')).toBe('1')
  })

  it('refuse what cannot be right', async () => {
    await using store = await twoBranches()
    await expect(store.revert('HEAD', { author, mainline: 0 })).rejects.toThrow(InvalidArgumentError)
    await expect(store.revert('HEAD', { author, mainline: 1 })).rejects.toThrow('is no merge')
    await expect(store.cherryPick('none')).rejects.toThrow(NotFoundError)
    await expect(store.cherryPick('feature', { author } as object)).rejects.toThrow(InvalidArgumentError)
  })
})
