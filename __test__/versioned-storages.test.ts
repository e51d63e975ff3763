import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InvalidArgumentError, type StorageKind, VersionedKvStore } from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

const author = { name: 'Ada', email: 'ada@example.org', date: new Date('2026-01-01T00:00:00Z') }
const KINDS: readonly StorageKind[] = ['git', 'file', 'rocksdb']

async function filled(folder: string, storage: StorageKind): Promise<VersionedKvStore<string, string>> {
  const store = await VersionedKvStore.init(folder, { storage, branch: 'main' })
  store.insertBatch(Array.from({ length: 500 }, (_, index) => [`key ${index}`, `value ${index}`]))
  store.namespace('flags').insert('dark', 'on')
  await store.commit('Begin', { author })
  store.insert('long', 'x'.repeat(200_000))
  await store.commit('A long value', { author })
  return store
}

describe.each(KINDS)('a store with its nodes in %s', (storage) => {
  it('is there again, with the same root as in any other', async () => {
    const folder = temporaryFolder()
    const store = await filled(folder, storage)
    expect(store.storage).toBe(storage)
    const rootHash = await store.rootHash()
    await store.close()
    await using again = await VersionedKvStore.open(folder)
    expect(again.storage).toBe(storage)
    expect(await again.rootHash()).toBe(rootHash)
    using version = await again.at('HEAD~1')
    expect([version.get('key 7'), version.has('long')]).toEqual(['value 7', false])
    await using other = await VersionedKvStore.memory()
    other.insertBatch(again.entries())
    other.namespace('flags').insert('dark', 'on')
    expect(await other.rootHash()).toBe(rootHash)
    expect(other.storage).toBe('memory')
  })

  it('is cloned into any storage, and migrated to any', async () => {
    const folder = temporaryFolder()
    const store = await filled(join(folder, 'store'), storage)
    const rootHash = await store.rootHash()
    const bare = join(folder, 'bare')
    await (await VersionedKvStore.init(bare)).close()
    await store.addRemote('origin', bare)
    await store.push({ branch: 'main' })
    const { id } = await store.commitInfo()
    await store.close()
    for (const other of KINDS) {
      await using clone = await VersionedKvStore.clone(bare, join(folder, `clone ${other}`), {
        storage: other,
      })
      expect(clone.storage).toBe(other)
      expect(await clone.rootHash()).toBe(rootHash)
      const { to } = await VersionedKvStore.migrate(join(folder, 'store'), other)
      expect(to).toBe(other)
      await using moved = await VersionedKvStore.open(join(folder, 'store'))
      expect(await moved.rootHash()).toBe(rootHash)
      expect((await moved.commitInfo()).id).toBe(id)
    }
    expect(existsSync(join(folder, 'store', '.git', 'prolly', 'nodes'))).toBe(false)
  })
})

describe('the storage of a store', () => {
  it('is one of three', async () => {
    const folder = temporaryFolder()
    const wrong = { storage: 'tape' } as never
    await expect(VersionedKvStore.init(folder, wrong)).rejects.toThrow(InvalidArgumentError)
    await expect(VersionedKvStore.clone('x', folder, wrong)).rejects.toThrow(InvalidArgumentError)
    await expect(VersionedKvStore.migrate(folder, 'tape' as never)).rejects.toThrow(InvalidArgumentError)
    await expect(VersionedKvStore.memory({ storage: 'file' } as never)).rejects.toThrow(InvalidArgumentError)
  })

  it('is not changed while the store is open', async () => {
    const folder = temporaryFolder()
    await using store = await filled(folder, 'git')
    await expect(VersionedKvStore.migrate(folder, 'file')).rejects.toMatchObject({
      code: 'PROLLY_CONFLICT',
      message: expect.stringContaining('close it first') as string,
    })
    expect(store.storage).toBe('git')
  })
})
