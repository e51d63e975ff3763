import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  AlreadyExistsError,
  ClosedError,
  ConflictError,
  EMPTY,
  MergeConflictError,
  NotFoundError,
  NothingToCommitError,
  STAGED,
  StagedChangesError,
  VersionedKvStore,
} from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim()
}

describe('a store', () => {
  it('is made, opened, found and refused', async () => {
    const folder = join(temporaryFolder(), 'made')
    await using store = await VersionedKvStore.init(folder, { branch: 'trunk' })
    expect(store.currentBranch).toBe('trunk')
    expect(store.head()).toEqual({ branch: 'trunk' })
    expect(store.gitDir).toContain(folder)
    await expect(VersionedKvStore.init(folder)).rejects.toThrow(AlreadyExistsError)
    await expect(VersionedKvStore.open(join(folder, 'below'))).rejects.toThrow(NotFoundError)
    await using found = await VersionedKvStore.open(join(folder, '.git', 'objects'), { discover: true })
    expect(found.gitDir).toBe(store.gitDir)
    await expect(VersionedKvStore.open(temporaryFolder())).rejects.toMatchObject({ code: 'PROLLY_NOT_FOUND' })
  })

  it('keeps what is staged, and makes real Git commits', async () => {
    const folder = temporaryFolder()
    {
      await using store = await VersionedKvStore.init(folder, { branch: 'main' })
      store.insertBatch([
        ['a', '1'],
        ['b', '2'],
      ])
      expect(await store.status()).toMatchObject({ added: 2, modified: 0, removed: 0, clean: false })
    }
    await using store = await VersionedKvStore.open(folder)
    expect(store.get('a')).toBe('1')
    const date = new Date('2020-02-03T04:05:06Z')
    const id = await store.commit('Begin\n\nwith two', {
      author: { name: 'Grace', email: 'g@example.org', date },
    })
    expect(git(folder, 'log', '--format=%H %an <%ae> %at %s')).toBe(
      `${id} Grace <g@example.org> 1580702706 Begin`,
    )
    const commit = await store.commitInfo()
    expect(commit).toMatchObject({ id, parents: [], author: { name: 'Grace', email: 'g@example.org', date } })
    expect(commit.message.trim()).toBe('Begin\n\nwith two')
    expect(commit.rootHash).toBe(await store.rootHash())
    expect(git(folder, 'fsck', '--strict')).toBe('')
    expect((await store.status()).clean).toBe(true)
    await expect(store.commit('Nothing')).rejects.toThrow(NothingToCommitError)
    await store.commit('Nothing', { allowEmpty: true })
    store.insert('c', '3')
    await store.discard()
    expect(store.has('c')).toBe(false)
  })

  it('has branches, tags and a history', async () => {
    await using store = await VersionedKvStore.memory({ branch: 'main' })
    store.insert('a', '1')
    const first = await store.commit('One')
    await store.createTag('v1')
    store.insert('a', '2')
    const second = await store.commit('Two')
    expect(await store.createBranch('old', { start: 'v1' })).toBe(first)
    await expect(store.createBranch('old')).rejects.toThrow(AlreadyExistsError)
    await expect(store.checkout('odl')).rejects.toThrow(NotFoundError)
    await expect(store.deleteBranch('main')).rejects.toMatchObject({ code: 'PROLLY_CONFLICT' })
    expect(await store.branches()).toMatchObject([
      { name: 'main', commit: second, current: true, remote: false },
      { name: 'old', commit: first, current: false },
    ])
    expect(await store.tags()).toEqual([{ name: 'v1', commit: first }])
    expect((await store.log().toArray()).map(({ id }) => id)).toEqual([second, first])
    expect((await store.log({ ref: 'main', exclude: 'v1' }).toArray()).map(({ id }) => id)).toEqual([second])
    expect(await store.log({ limit: 0 }).toArray()).toEqual([])
    await expect(store.log({ ref: 'nothing' }).toArray()).rejects.toThrow(NotFoundError)
    expect(await store.checkout('old')).toEqual({ branch: 'old', commit: first })
    expect(store.get('a')).toBe('1')
    store.insert('b', '1')
    await expect(store.checkout('main')).rejects.toThrow(StagedChangesError)
    await store.checkout('main', { force: true })
    expect([store.get('a'), store.has('b')]).toEqual(['2', false])
    expect(await store.checkout('v1')).toEqual({ commit: first })
    expect(store.currentBranch).toBeUndefined()
    await store.checkout('HEAD', { create: 'new' })
    await store.renameBranch('new', 'newer')
    expect(store.currentBranch).toBe('newer')
    await store.checkout('main')
    expect(await store.deleteBranch('newer')).toBe(first)
    expect(await store.deleteTag('v1')).toBe(first)
    expect(await store.reset(first, { mode: 'hard' })).toEqual({ branch: 'main', commit: first })
    expect(store.get('a')).toBe('1')
    await store.reset(second, { mode: 'soft' })
    expect([store.get('a'), (await store.status()).modified]).toEqual(['1', 1])
  })

  it('says what differs between versions', async () => {
    await using store = await VersionedKvStore.memory()
    store.insertBatch([
      ['a', '1'],
      ['b', '2'],
    ])
    const first = await store.commit('One')
    store.namespace('flags').insert('dark', 'on')
    store.insert('c', '3')
    await store.commit('Two')
    store.update('a', '9')
    store.delete('b')
    const added = { type: 'added', key: 'c', newValue: '3' }
    const flag = { type: 'added', namespace: 'flags', key: 'dark', newValue: 'on' }
    expect(await store.diff(first, 'HEAD').toArray()).toEqual([added, flag])
    expect(await store.diff(first, 'HEAD', { namespace: 'flags' }).toArray()).toEqual([flag])
    expect(await store.diff(first, 'HEAD', { namespace: null }).toArray()).toEqual([added])
    expect(await store.diff(first, 'HEAD', { prefix: 'c' }).toArray()).toEqual([added])
    expect(await store.diff().toArray()).toEqual([
      { type: 'modified', key: 'a', oldValue: '1', newValue: '9' },
      { type: 'removed', key: 'b', oldValue: '2' },
    ])
    expect(await store.diff(STAGED, 'HEAD', { limit: 1 }).toArray()).toMatchObject([
      { key: 'a', oldValue: '9' },
    ])
    expect(await store.diff(EMPTY, first).toArray()).toHaveLength(2)
    await expect(store.diff('nothing').toArray()).rejects.toThrow(NotFoundError)
    expect(() => store.diff('')).toThrow("older must be a Git revision, STAGED or EMPTY, not ''")
  })

  it('reads old versions, and closes what it opened', async () => {
    const store = await VersionedKvStore.memory()
    store.insert('a', '1')
    store.namespace('flags').insert('dark', 'on')
    const id = await store.commit('One')
    store.insert('a', '2')
    using old = await store.at('HEAD')
    expect([old.commit, old.get('a'), old.namespace('flags').get('dark')]).toEqual([id, '1', 'on'])
    expect(await old.namespaces()).toEqual([{ name: 'flags', entries: 1 }])
    using now = await store.snapshot()
    store.insert('a', '3')
    expect([now.commit, now.get('a')]).toEqual([undefined, '2'])
    const flags = store.namespace('flags')
    const folder = store.gitDir
    expect(existsSync(folder)).toBe(true)
    old.close()
    now.close()
    await store.close()
    await store.close()
    expect(() => flags.get('dark')).toThrow(ClosedError)
    expect(() => old.get('a')).toThrow(ClosedError)
    await expect(store.commit('Late')).rejects.toThrow('the store is closed')
    expect(existsSync(folder)).toBe(false)
  })

  it('finishes what is under way before it closes', async () => {
    const store = await VersionedKvStore.memory()
    store.insertBatch(Array.from({ length: 5000 }, (_, index) => [String(index), 'value']))
    const commit = store.commit('Late')
    let done = false
    void commit.then(() => (done = true))
    await store.close()
    expect(done).toBe(true)
    expect(await commit).toHaveLength(40)
  })

  it('may be closed by a callback of its own', async () => {
    const store = await VersionedKvStore.memory()
    await expect(store.transact(() => store.close(), { message: 'Close' })).rejects.toThrow(ClosedError)
    expect(store.isOpen).toBe(false)
  })

  it('drops and renames namespaces', async () => {
    await using store = await VersionedKvStore.memory()
    const flags = store.namespace('flags')
    flags.insertBatch([
      ['a', '1'],
      ['b', '2'],
    ])
    expect(await store.namespaces()).toEqual([{ name: 'flags', entries: 2 }])
    await store.renameNamespace('flags', 'switches')
    expect(store.namespace('switches').count()).toBe(2)
    expect(await store.dropNamespace('switches')).toBe(true)
    expect(await store.dropNamespace('switches')).toBe(false)
    expect(store.namespace('switches').count()).toBe(0)
    expect(() => store.namespace('')).toThrow('name must be a string that is not empty')
    expect(() => store.namespace('a\nb')).toThrow(
      expect.objectContaining({ code: 'PROLLY_INVALID_ARGUMENT' }),
    )
  })
})

describe('a merge', () => {
  async function diverged(): Promise<VersionedKvStore<string, string>> {
    const store = await VersionedKvStore.memory({ branch: 'main' })
    store.insertBatch(['a', 'b', 'c'].map((key) => [key, 'base']))
    await store.commit('Base')
    await store.checkout('HEAD', { create: 'feature' })
    store.insertBatch([
      ['a', 'theirs'],
      ['d', 'theirs'],
    ])
    store.delete('b')
    store.namespace('flags').insert('dark', 'theirs')
    await store.commit('Theirs')
    await store.checkout('main')
    store.insertBatch([
      ['a', 'mine'],
      ['b', 'mine'],
    ])
    store.namespace('flags').insert('dark', 'mine')
    await store.commit('Mine')
    return store
  }

  it('moves the branch when that is enough', async () => {
    await using store = await diverged()
    const [feature] = await store.log({ ref: 'feature', limit: 1 }).toArray()
    await store.checkout('feature~1', { create: 'behind' })
    expect(await store.merge('feature', { dryRun: true })).toMatchObject({ kind: 'fast-forward' })
    expect(store.has('d')).toBe(false)
    expect(await store.merge('feature')).toEqual({ kind: 'fast-forward', commit: feature?.id, conflicts: 0 })
    expect(store.get('d')).toBe('theirs')
    expect(await store.merge('feature')).toMatchObject({ kind: 'up-to-date' })
    await expect(store.merge('nothing')).rejects.toThrow(NotFoundError)
  })

  it('lists conflicts, and changes nothing', async () => {
    await using store = await diverged()
    const before = store.head()
    const error = await store.merge('feature').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(MergeConflictError)
    expect(error).toMatchObject({
      more: false,
      conflicts: [
        { key: 'a', base: 'base', destination: 'mine', source: 'theirs' },
        { key: 'b', base: 'base', destination: 'mine' },
        { namespace: 'flags', key: 'dark', destination: 'mine', source: 'theirs' },
      ],
    })
    await expect(store.merge('feature', { dryRun: true })).rejects.toThrow(MergeConflictError)
    store.insert('x', '1')
    await expect(store.merge('feature')).rejects.toThrow(StagedChangesError)
    expect(store.head()).toEqual(before)
  })

  it('makes a commit with two parents, whatever settles the conflicts', async () => {
    for (const options of [{ strategy: 'takeSource' as const }, { resolve: () => 'both' }]) {
      await using store = await diverged()
      expect(await store.merge('feature', { ...options, dryRun: true })).toEqual({
        kind: 'merged',
        conflicts: 3,
      })
      const { commit, conflicts } = await store.merge('feature', { ...options, message: 'Join' })
      expect(conflicts).toBe(3)
      const info = await store.commitInfo(commit)
      expect([info.parents.length, info.message.trim()]).toEqual([2, 'Join'])
      const value = options.strategy ? 'theirs' : 'both'
      expect(store.getMany(['a', 'b', 'd'])).toEqual([value, options.strategy ? undefined : 'both', 'theirs'])
      expect(store.namespace('flags').get('dark')).toBe(value)
    }
  })

  it('lists namespaces that cannot be joined', async () => {
    await using store = await diverged()
    await store.dropNamespace('flags')
    await store.commit('Drop')
    await store.checkout('HEAD~1', { create: 'changed' })
    store.namespace('flags').insert('more', '1')
    await store.commit('Change')
    await store.checkout('main')
    const error = await store.merge('changed', { resolve: () => 'x' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(MergeConflictError)
    expect((error as MergeConflictError).namespaces).toEqual([
      { kind: 'namespace', namespace: 'flags', reason: 'dropped-by-destination' },
    ])
    await store.merge('changed', { strategy: 'takeSource' })
    expect(store.namespace('flags').count()).toBe(2)
  })

  it('is aborted by its resolver or a signal', async () => {
    await using store = await diverged()
    const mine = new Error('mine')
    await expect(store.merge('feature', { resolve: () => Promise.reject(mine) })).rejects.toBe(mine)
    const controller = new AbortController()
    const resolve = (): string => {
      controller.abort()
      return 'x'
    }
    await expect(store.merge('feature', { resolve, signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(store.get('a')).toBe('mine')
    await expect(store.merge('feature', { resolve, strategy: 'takeSource' })).rejects.toThrow(
      'resolve must be left out',
    )
    await expect(store.merge('feature', { fastForwardOnly: true, strategy: 'takeSource' })).rejects.toThrow()
  })
})

describe('a transaction', () => {
  it('is a commit of its own, beside what is staged', async () => {
    await using store = await VersionedKvStore.memory()
    store.insert('staged', '1')
    const id = await store.transact(
      async (tx) => {
        expect(tx.has('staged')).toBe(false)
        tx.insert('a', '1')
        tx.namespace('flags').insert('dark', 'on')
        expect([tx.get('a'), store.has('a')]).toEqual(['1', false])
      },
      { message: 'Write' },
    )
    expect((await store.commitInfo(id)).message.trim()).toBe('Write')
    expect([store.get('a'), store.get('staged'), store.namespace('flags').get('dark')]).toEqual([
      '1',
      '1',
      'on',
    ])
    expect((await store.status()).added).toBe(1)
  })

  it('drops its writes when the callback throws, and cannot be used afterwards', async () => {
    await using store = await VersionedKvStore.memory()
    const mine = new Error('mine')
    let kept: { get(key: string): unknown } | undefined
    const failing = store.transact(
      (tx) => {
        kept = tx
        tx.insert('a', '1')
        throw mine
      },
      { message: 'Fail' },
    )
    await expect(failing).rejects.toBe(mine)
    expect(store.has('a')).toBe(false)
    expect(() => kept?.get('a')).toThrow('the transaction is closed')
    await expect(store.transact(() => {}, { message: 'Nothing' })).rejects.toThrow(NothingToCommitError)
    await expect(store.transact(() => {}, {} as never)).rejects.toThrow(
      'message must be a string, not undefined',
    )
  })

  it('is carried over to a branch that moved, unless a key changed there too', async () => {
    await using store = await VersionedKvStore.memory()
    store.insert('count', '0')
    await store.commit('Begin')
    await store.transact(
      async (tx) => {
        tx.insert('a', '1')
        await store.transact((other) => other.insert('b', '1'), { message: 'Other' })
      },
      { message: 'Disjoint' },
    )
    expect(store.getMany(['a', 'b'])).toEqual(['1', '1'])
    const clash = store.transact(
      async (tx) => {
        tx.insert('count', '1')
        await store.transact((other) => other.insert('count', '2'), { message: 'Other' })
      },
      { message: 'Clash' },
    )
    const error = await clash.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConflictError)
    expect((error as ConflictError).keys).toEqual([{ key: Buffer.from('count') }])
    expect(store.get('count')).toBe('2')
  })
})

describe('copies of a store', () => {
  it('are cloned, pushed to and pulled from', async () => {
    const folder = temporaryFolder()
    const remote = join(folder, 'remote.git')
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote])
    await using one = await VersionedKvStore.init(join(folder, 'one'), { branch: 'main' })
    one.insertBatch(Array.from({ length: 2000 }, (_, index) => [`row:${index}`, 'base']))
    await one.commit('Base')
    await one.addRemote('origin', remote)
    await one.push()
    await using two = await VersionedKvStore.clone(`file://${remote}`, join(folder, 'two'))
    expect(await two.rootHash()).toBe(await one.rootHash())
    two.insertBatch([
      ['row:1', 'two'],
      ['row:2', 'two'],
    ])
    await two.commit('Two')
    await two.push({ branch: 'main' })
    one.insertBatch([
      ['row:1', 'one'],
      ['row:3', 'one'],
    ])
    await one.commit('One')
    await expect(one.push()).rejects.toMatchObject({ code: expect.stringMatching(/PROLLY_(GIT|CONFLICT)/) })
    await expect(one.pull()).rejects.toThrow(MergeConflictError)
    const result = await one.pull({ resolve: ({ destination, source }) => `${destination}+${source}` })
    expect(result).toMatchObject({ kind: 'merged', conflicts: 1 })
    expect(one.getMany(['row:1', 'row:2', 'row:3'])).toEqual(['one+two', 'two', 'one'])
    await one.push()
    expect(await two.pull()).toMatchObject({ kind: 'fast-forward' })
    expect(await two.rootHash()).toBe(await one.rootHash())
    await two.fetch()
    expect(
      (await two.branches()).filter(({ remote: isRemote }) => isRemote).map(({ name }) => name),
    ).toContain('origin/main')
  })
})
