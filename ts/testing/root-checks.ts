import { ConflictError } from '../errors/conflict-error.js'
import { ProllyError } from '../errors/prolly-error.js'
import type { NodeStorage } from '../tree/node-storage.js'
import { ProllyTree } from '../tree/prolly-tree.js'
import type { Check } from './conformance.js'
import { leafOf, must, mustBe, mustFail, type Subject } from './subject.js'

/** What is published under names. */
export const ROOT_CHECKS: readonly Check[] = [
  ['a root moves only from what is expected', compareAndSwap],
  ['of many who publish at once one succeeds', oneSucceeds],
  ['names are apart', namesAreApart],
  ['writers at once lose nothing', counter],
]

async function compareAndSwap({ storage }: Subject): Promise<void> {
  const [one, other] = await put(storage, 2)
  must(one !== undefined && other !== undefined, 'there are no nodes')
  const swap = async (expected: string | undefined, replacement: string | undefined, moves: boolean) => {
    const before = await storage.root('tree')
    const moved = await storage.compareAndSwapRoot('tree', expected, replacement)
    mustBe(`whether a root moves from ${expected} to ${replacement}, where it is ${before},`, moved, moves)
    mustBe('the root', await storage.root('tree'), moves ? replacement : before)
  }
  await swap(other, one, false)
  await swap(undefined, one, true)
  await swap(undefined, other, false)
  await swap(other, other, false)
  await swap(other, undefined, false)
  await swap(one, other, true)
  await swap(other, one, true)
  await swap(one, one, true)
  await swap(one, undefined, true)
  await swap(one, undefined, false)
}

async function oneSucceeds({ storage }: Subject): Promise<void> {
  const roots = await put(storage, 8)
  const race = async (expected: string | undefined): Promise<string | undefined> => {
    const moved = await Promise.all(roots.map((root) => storage.compareAndSwapRoot('tree', expected, root)))
    mustBe('how many of them succeed', moved.filter(Boolean).length, 1)
    const winner = roots[moved.indexOf(true)]
    mustBe('the root', await storage.root('tree'), winner)
    return winner
  }
  const first = await race(undefined)
  const others = roots.filter((root) => root !== first)
  const moved = await Promise.all(others.map((root) => storage.compareAndSwapRoot('tree', first, root)))
  mustBe('how many of them succeed', moved.filter(Boolean).length, 1)
}

async function namesAreApart({ storage }: Subject): Promise<void> {
  const [one, other] = await put(storage, 2)
  mustBe('a name that was never published', await storage.root('one'), undefined)
  await storage.compareAndSwapRoot('one', undefined, one)
  await storage.compareAndSwapRoot('folder/other', undefined, other)
  mustBe('the root of one name', await storage.root('one'), one)
  mustBe('the root of the other name', await storage.root('folder/other'), other)
  const roots = await rootsOf(storage)
  if (roots) {
    mustBe('the names of all roots', [...roots.keys()].toSorted().join(), 'folder/other,one')
    mustBe('one of all roots', roots.get('folder/other'), other)
  }
  await storage.compareAndSwapRoot('one', one, undefined)
  mustBe('the root that was removed', await storage.root('one'), undefined)
  mustBe('the root that was not removed', await storage.root('folder/other'), other)
}

/** Whoever keeps roots need not list them, but for the collection of garbage. */
async function rootsOf(storage: NodeStorage): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return await storage.roots()
  } catch (error) {
    if (error instanceof ProllyError && error.code === 'PROLLY_UNSUPPORTED') return undefined
    throw error
  }
}

/** Each of some writers adds to a number that the others add to as well. */
async function counter({ storage }: Subject): Promise<void> {
  const [writers, rounds] = [4, 8]
  {
    using tree = ProllyTree.create({ storage })
    await tree.promises.insert('number', '0')
    await tree.publish('counter')
  }
  const add = async (): Promise<boolean> => {
    using tree = await ProllyTree.open(storage, 'counter')
    await tree.promises.insert('number', String(Number(await tree.promises.get('number')) + 1))
    try {
      await tree.publish('counter')
      return true
    } catch (error) {
      if (error instanceof ConflictError) return false
      throw error
    }
  }
  const write = async (): Promise<void> => {
    for (let done = 0; done < rounds;) if (await add()) done++
  }
  await Promise.all(Array.from({ length: writers }, write))
  using tree = await ProllyTree.open(storage, 'counter')
  mustBe('the number', await tree.promises.get('number'), String(writers * rounds))
  const stale = () => tree.publish('counter', { expected: null })
  await mustFail('publishing over what is there', stale, (error) => error instanceof ConflictError)
}

async function put(storage: NodeStorage, count: number): Promise<string[]> {
  const nodes = await Promise.all(Array.from({ length: count }, (_, number) => leafOf(number)))
  await storage.put(nodes)
  return nodes.map(({ address }) => address)
}
