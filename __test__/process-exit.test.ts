import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type StorageKind, VersionedKvStore } from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

const script = fileURLToPath(new URL('helpers/exiting.mjs', import.meta.url))
const KINDS: readonly StorageKind[] = ['git', 'file', 'rocksdb']

describe('process.exit while threads write, read and collect garbage', () => {
  it.each(KINDS)('ends the process at once, with its own code, and loses nothing: %s', async (storage) => {
    const folder = temporaryFolder()
    const seed = await VersionedKvStore.init(folder, { storage })
    seed.insertBatch(Array.from({ length: 2000 }, (_, number) => [`seed:${number}`, 'x'.repeat(50)]))
    await seed.commit('Seed')
    await seed.close()
    let written = 0
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, [script, folder, String(round), String(round * 15)])
      const [acknowledged, complaint, [code, signal]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit') as Promise<[number | null, string | null]>,
      ])
      expect({ code, signal, complaint }).toEqual({ code: 7, signal: null, complaint: '' })
      await using store = await VersionedKvStore.open(folder)
      for (const key of acknowledged.split('\n').filter((line) => line !== '')) {
        expect(store.get(key), key).toBe('done')
        written++
      }
      expect(store.get(`staged:${round}`)).toBe('done')
      expect(store.count({ prefix: 'seed:' })).toBe(2000)
    }
    expect(written).toBeGreaterThan(0)
    expect((await VersionedKvStore.check(folder)).faults).toEqual([])
  })
})
