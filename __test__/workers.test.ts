import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { ProllyTree, VersionedKvStore } from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

const script = fileURLToPath(new URL('helpers/worker.mjs', import.meta.url))

async function answer(worker: Worker): Promise<unknown> {
  const [message] = (await once(worker, 'message')) as [unknown]
  return message
}

describe('worker threads', () => {
  it('open one store, write to it and close it', async () => {
    const folder = temporaryFolder()
    await (await VersionedKvStore.init(folder)).close()
    const workers = Array.from({ length: 4 }, (_, number) => {
      return new Worker(script, { workerData: { task: 'transact', folder, number, commits: 5 } })
    })
    const exits = workers.map((worker) => once(worker, 'exit'))
    expect(await Promise.all(workers.map(answer))).toEqual([5, 5, 5, 5])
    expect((await Promise.all(exits)).map(([code]) => code as number)).toEqual([0, 0, 0, 0])
    await using store = await VersionedKvStore.open(folder)
    expect(store.count()).toBe(20)
    expect(await store.log().toArray()).toHaveLength(20)
  })

  it('open and close in turn', async () => {
    for (let round = 0; round < 20; round++) {
      const worker = new Worker(script, { workerData: { task: 'memory' } })
      const exit = once(worker, 'exit')
      expect(await answer(worker)).toBe('value')
      expect(await exit).toEqual([0])
    }
  })

  it('may be terminated in the middle of everything', async () => {
    const folder = temporaryFolder()
    await using store = await VersionedKvStore.init(folder)
    for (let round = 0; round < 20; round++) {
      const worker = new Worker(script, { workerData: { task: 'busy', folder, number: round } })
      await answer(worker)
      await worker.terminate()
    }
    // What the workers held is free again, and what they acknowledged is there.
    await store.transact((tx) => tx.insert('after', '1'), { message: 'After' })
    await store.refresh()
    for (let round = 0; round < 20; round++) expect(store.get(`begun:${round}`)).toBe('1')
  })

  it('may be terminated while threads wait for their storages', async () => {
    for (let round = 0; round < 20; round++) {
      const worker = new Worker(script, { workerData: { task: 'storage', silent: round % 2 === 0 } })
      expect(await answer(worker)).toBe('asked')
      await worker.terminate()
    }
    using tree = ProllyTree.create()
    await Promise.all(Array.from({ length: 40 }, (_, row) => tree.promises.insert(`${row}`, '1')))
    expect(tree.count()).toBe(40)
  })

  it('end by themselves although a storage is open', async () => {
    const worker = new Worker(script, { workerData: { task: 'forgotten' } })
    const exit = once(worker, 'exit')
    expect(await answer(worker)).toBe('1')
    expect(await exit).toEqual([0])
  })
})
