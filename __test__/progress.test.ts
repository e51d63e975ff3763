import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AbortedError, type ProgressOptions, type StageProgress, VersionedKvStore } from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

const author = { name: 'Ada', email: 'ada@example.org' }
let folder: string
let original: string
let remote: string

/** A store of two branches, with a remote. */
beforeEach(async () => {
  folder = temporaryFolder()
  original = join(folder, 'original')
  remote = join(folder, 'remote.git')
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', remote])
  await using store = await VersionedKvStore.init(original, { branch: 'main' })
  const load = async (message: string, prefix: string): Promise<void> => {
    for (let number = 0; number < 500; number++) store.insert(`${prefix} ${number}`, `${message} ${number}`)
    await store.commit(message, { author })
  }
  await load('Begin', 'both')
  await store.checkout('HEAD', { create: 'feature' })
  await load('There', 'feature')
  await store.checkout('main')
  await load('Here', 'main')
  await store.addRemote('origin', `file://${remote}`)
  await store.push()
})

type Work = (options: ProgressOptions) => Promise<unknown>

/** Work with the store, which is not open elsewhere. */
const withStore =
  (work: (store: VersionedKvStore<string, string>, options: ProgressOptions) => Promise<unknown>): Work =>
  async (options) => {
    await using store = await VersionedKvStore.open(original)
    await work(store, options)
  }

const works: [string, string, Work][] = [
  ['collectGarbage', 'counting objects', withStore((store, options) => store.collectGarbage(options))],
  ['migrate', 'copying versions', (options) => VersionedKvStore.migrate(original, 'file', options)],
  [
    'clone',
    'connecting',
    async (options) => {
      const clone = VersionedKvStore.clone(`file://${remote}`, join(folder, 'clone'), options)
      await (await clone).close()
    },
  ],
  ['fetch', 'connecting', withStore((store, options) => store.fetch(options))],
  ['push', 'connecting', withStore((store, options) => store.push({ branch: 'feature', ...options }))],
  ['pull', 'connecting', withStore((store, options) => store.pull(options))],
  ['merge', 'merging keys', withStore((store, options) => store.merge('feature', { author, ...options }))],
  ['revert', 'merging keys', withStore((store, options) => store.revert('HEAD', { author, ...options }))],
  [
    'cherryPick',
    'merging keys',
    withStore((store, options) => store.cherryPick('feature', { committer: author, ...options })),
  ],
]

describe.each(works)('%s', (name, first, work) => {
  it('tells how far it is', async () => {
    const told: StageProgress[] = []
    await work({ onProgress: (progress) => told.push(progress) })
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(0))
    expect(told[0]?.stage).toBe(first)
    for (const { done, total } of told) expect(done).toBeLessThanOrEqual(total ?? Infinity)
  })

  it('ends when its listener throws, and when its signal aborts, with the store as it was', async () => {
    const thrown = new Error('enough')
    const onProgress = (): void => {
      throw thrown
    }
    // It may be done before it hears of that.
    await expect(work({ onProgress }).catch((error: unknown) => error)).resolves.toBe(thrown)
    const again = new AbortController()
    const { signal } = again
    const aborted = work({ signal }).catch((error: unknown) => error)
    again.abort(thrown)
    const error = await aborted
    if (error !== undefined) {
      expect(error).toBeInstanceOf(AbortedError)
      expect((error as Error).cause).toBe(thrown)
      if (name === 'clone') expect(existsSync(join(folder, 'clone'))).toBe(false)
    }
    await using store = await VersionedKvStore.open(original)
    expect(store.get('both 7')).toBe('Begin 7')
    expect((await VersionedKvStore.check(original)).faults).toEqual([])
  })

  it('refuses a listener that is no function', async () => {
    await expect(work({ onProgress: 'tell me' as never })).rejects.toThrow('onProgress must be a function')
  })
})
