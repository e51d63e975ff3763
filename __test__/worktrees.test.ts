import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  AlreadyExistsError,
  ConflictError,
  InvalidArgumentError,
  json,
  NotFoundError,
  StagedChangesError,
  VersionedKvStore,
} from '../ts/index.js'
import { temporaryFolder } from './helpers/temporary.js'

const author = { name: 'Ada', email: 'ada@example.org' }

async function shop(folder: string): Promise<VersionedKvStore<string, { cents: number }>> {
  const valueEncoding = json<{ cents: number }>()
  const store = await VersionedKvStore.init(join(folder, 'shop'), { branch: 'main', valueEncoding })
  store.insert('apple', { cents: 10 })
  await store.commit('Begin', { author })
  return store
}

describe('worktrees', () => {
  it('have a branch and staged changes each', async () => {
    const folder = temporaryFolder()
    await using store = await shop(folder)
    const path = join(folder, 'sale')
    const made = await store.worktrees.add(path)
    const head = { branch: 'sale', commit: (await store.commitInfo()).id }
    expect(made).toEqual({ name: 'sale', path, head, missing: false, current: false })
    expect(await store.worktrees.get('sale')).toEqual(made)
    expect(await store.worktrees.get('none')).toBeUndefined()
    const listed = await store.worktrees.list()
    expect(listed.map(({ name, current }) => [name, current])).toEqual([
      [undefined, true],
      ['sale', false],
    ])

    // It reads and writes as the store does that it is of.
    const sale = await store.worktrees.open('sale')
    sale.insert('apple', { cents: 8 })
    expect(store.get('apple')).toEqual({ cents: 10 })
    await sale.commit('Cheaper', { author })
    await sale.close()
    await store.merge('sale', { author })
    expect(store.get('apple')).toEqual({ cents: 8 })
    await store.worktrees.remove('sale')
    expect(existsSync(path)).toBe(false)
    expect((await store.branches()).map(({ name }) => name)).toEqual(['main', 'sale'])
  })

  it('refuse what would lose something', async () => {
    const folder = temporaryFolder()
    await using store = await shop(folder)
    const { worktrees } = store
    const path = join(folder, 'sale')
    await worktrees.add(path, { create: 'cheap', target: 'main' })
    const cheap = await worktrees.open(path)
    cheap.insert('apple', { cents: 1 })
    await expect(worktrees.remove('sale')).rejects.toThrow(ConflictError)
    await cheap.close()
    await expect(worktrees.remove('sale')).rejects.toThrow(StagedChangesError)
    await worktrees.lock('sale', { reason: 'precious' })
    expect(await worktrees.get('sale')).toMatchObject({ locked: 'precious' })
    await expect(worktrees.remove(path)).rejects.toThrow('precious')
    await worktrees.unlock(path)
    await expect(store.checkout('cheap')).rejects.toThrow(ConflictError)
    await expect(worktrees.add(join(folder, 'x'), { target: 'cheap' })).rejects.toThrow(ConflictError)
    await expect(worktrees.add(path)).rejects.toThrow(AlreadyExistsError)
    await worktrees.remove('sale', { force: true })
    await expect(worktrees.remove('sale')).rejects.toThrow(NotFoundError)
    await expect(worktrees.open('sale')).rejects.toThrow(NotFoundError)
    expect(await worktrees.list()).toHaveLength(1)
  })

  it('check their arguments', async () => {
    const folder = temporaryFolder()
    await using store = await shop(folder)
    const { worktrees } = store
    const wrong = [
      () => worktrees.add(''),
      () => worktrees.add('x', { branch: 'y' } as never),
      () => worktrees.add('x', { create: 'y', detach: true }),
      () => worktrees.remove(7 as never),
      () => worktrees.lock('x', { reason: 7 } as never),
    ]
    for (const call of wrong) await expect(call()).rejects.toThrow(InvalidArgumentError)
    await expect(worktrees.list({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'PROLLY_ABORTED',
    })
    await using memory = await VersionedKvStore.memory()
    memory.insert('a', '1')
    await memory.commit('Begin', { author })
    await expect(memory.worktrees.add(join(folder, 'm'))).rejects.toMatchObject({
      code: 'PROLLY_UNSUPPORTED',
    })
    await store.close()
    await expect(worktrees.list()).rejects.toMatchObject({ code: 'PROLLY_CLOSED' })
  })
})
