import { describe, expect, it } from 'vitest'
import {
  AbortedError,
  type CopyReport,
  FileNodeStorage,
  InMemoryNodeStorage,
  InvalidArgumentError,
  ProllyTree,
} from '../ts/index.js'
import { MapStorage, SlowStorage } from './helpers/map-storage.js'
import { temporaryFolder } from './helpers/temporary.js'

const rows = Array.from({ length: 20_000 }, (_, index): [string, string] => [
  `row:${index}`,
  `value ${index}`,
])

async function large(): Promise<{ readonly source: InMemoryNodeStorage; readonly rootHash: string }> {
  const source = new InMemoryNodeStorage()
  const tree = ProllyTree.create({ storage: source })
  tree.insertBatch(rows)
  return { source, rootHash: await tree.publish('main') }
}

async function outcome(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => error,
  )
}

describe('a copy', () => {
  it('says how far it is', async () => {
    const { source, rootHash } = await large()
    using target = new SlowStorage()
    const told: CopyReport[] = []
    const report = await source.copyTo(target, rootHash, { onProgress: (progress) => told.push(progress) })
    expect(told.length).toBeGreaterThan(2)
    expect(told.at(-1)).toEqual(report)
    expect(report.nodes).toBe(target.place.nodes.size)
    for (const [index, { nodes, bytes }] of told.entries()) {
      expect(nodes).toBeGreaterThanOrEqual(told[index - 1]?.nodes ?? 0)
      expect(bytes).toBeGreaterThanOrEqual(told[index - 1]?.bytes ?? 0)
    }
    source.close()
  })

  it('is given up when its signal is aborted, and goes on where it was', async () => {
    const { source, rootHash } = await large()
    const controller = new AbortController()
    class Aborting extends MapStorage {
      override put(nodes: Parameters<MapStorage['put']>[0]) {
        controller.abort(new Error('enough'))
        return super.put(nodes)
      }
    }
    using target = new Aborting()
    const error = await outcome(source.copyTo(target, rootHash, { signal: controller.signal }))
    expect(error).toBeInstanceOf(AbortedError)
    expect(error).toMatchObject({ name: 'AbortError', code: 'PROLLY_ABORTED', cause: { message: 'enough' } })
    expect((error as Error).stack).toContain('copy.test.ts')
    const first = target.place.nodes.size
    expect(first).toBeGreaterThan(0)
    const { nodes } = await source.copyTo(target, rootHash)
    expect(nodes).toBeGreaterThan(0)
    using whole = new MapStorage()
    expect((await source.copyTo(whole, rootHash)).nodes).toBe(first + nodes)
    expect(target.place.nodes).toEqual(whole.place.nodes)
    source.close()
  })

  it('does not begin when its signal was aborted before', async () => {
    const { source, rootHash } = await large()
    using target = new MapStorage()
    const error = await outcome(source.copyTo(target, rootHash, { signal: AbortSignal.abort() }))
    expect(error).toBeInstanceOf(AbortedError)
    expect(target.place.nodes.size).toBe(0)
    source.close()
  })

  it('ends with what onProgress throws', async () => {
    const { source, rootHash } = await large()
    using target = new SlowStorage()
    const mine = new TypeError('mine')
    let calls = 0
    const onProgress = (): never => {
      calls++
      throw mine
    }
    expect(await outcome(source.copyTo(target, rootHash, { onProgress }))).toBe(mine)
    expect(calls).toBe(1)
    using whole = new MapStorage()
    expect(target.place.nodes.size).toBeLessThan((await source.copyTo(whole, rootHash)).nodes)
    // The last report may be the first one.
    using small = ProllyTree.create()
    const hash = await small.rootHash()
    expect(await outcome(small.storage.copyTo(whole, hash, { onProgress }))).toBe(mine)
    source.close()
  })

  it('between storages of the library is told and given up the same way', async () => {
    const { source, rootHash } = await large()
    using files = await FileNodeStorage.open(temporaryFolder(), { durability: 'off' })
    const controller = new AbortController()
    const copy = source.copyTo(files, rootHash, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    expect(['AbortError', undefined]).toContain(((await outcome(copy)) as Error).name)
    const report = await source.copyTo(files, rootHash)
    expect(report.nodes).toBeGreaterThanOrEqual(0)
    using tree = await ProllyTree.at(files, rootHash)
    expect(tree.count()).toBe(20_000)
    source.close()
  })

  it.each([{ onProgress: 1 }, { signal: 1 }, { progress: () => {} }])('refuses %o', async (options) => {
    using storage = new InMemoryNodeStorage()
    const copy = storage.copyTo(storage, '0'.repeat(64), options as never)
    await expect(copy).rejects.toThrow(InvalidArgumentError)
  })
})
