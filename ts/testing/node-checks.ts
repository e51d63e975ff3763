import { ProllyError } from '../errors/prolly-error.js'
import { ProllyTree } from '../tree/prolly-tree.js'
import type { Check } from './conformance.js'
import { leafOf, must, mustBe, mustBeBytes, mustFail, rows, sampleOf, type Subject } from './subject.js'

/** What is kept under addresses. */
export const NODE_CHECKS: readonly Check[] = [
  ['what was put is got', putThenGet],
  ['many nodes come in the order asked', getManyInOrder],
  ['a node that is not there is missing', missing],
  ['putting twice changes nothing', putTwice],
  ['large nodes are kept', large],
  ['bytes of another address are found out', wrongHash],
  ['deletion is as promised', deletion],
]

/** How it can be noticed that bytes are not those of their address. */
const FOUND_OUT = new Set(['PROLLY_CORRUPTION', 'PROLLY_INVALID_ARGUMENT', 'PROLLY_MISSING_NODE'])

const codeOf = (error: unknown): string => (error instanceof ProllyError ? error.code : '')

async function putThenGet({ storage }: Subject): Promise<void> {
  const node = await leafOf(1)
  await storage.put([node])
  mustBeBytes('a node that was put', await storage.get(node.address), node.bytes)
  const empty = await sampleOf([])
  await storage.put(empty.nodes)
  for (const { address, bytes } of empty.nodes) {
    mustBeBytes('the empty tree', await storage.get(address), bytes)
  }
  await storage.put([])
}

async function getManyInOrder({ storage }: Subject): Promise<void> {
  const leaves = await Promise.all(Array.from({ length: 9 }, (_, number) => leafOf(number)))
  await storage.put(leaves)
  const asked = [...leaves.toReversed(), ...leaves.slice(0, 2)]
  const found = await storage.getMany(asked.map(({ address }) => address))
  mustBe('the number of answers', found.length, asked.length)
  asked.forEach(({ bytes }, index) => mustBeBytes(`answer ${index} of getMany`, found[index], bytes))
  const absent = await leafOf(77)
  const [first, second, third] = await storage.getMany([asked[0], absent, asked[1]].map(addressOf))
  mustBeBytes('the answer before one that is missing', first, asked[0]?.bytes ?? new Uint8Array())
  mustBe('the answer for a node that is missing', second, undefined)
  mustBeBytes('the answer after one that is missing', third, asked[1]?.bytes ?? new Uint8Array())
  mustBe('the number of answers to no question', (await storage.getMany([])).length, 0)
}

async function missing({ storage }: Subject): Promise<void> {
  const [absent, present] = await Promise.all([leafOf(1), leafOf(2)])
  mustBe('a node that is not there', await storage.get(absent.address), undefined)
  await storage.put([present])
  mustBe('a node that is not there', await storage.get(absent.address), undefined)
  const there = await storage.hasMany([absent.address, present.address])
  mustBe('what is there', [...there].join(), 'false,true')
  const open = () => ProllyTree.at(storage, absent.address)
  await mustFail('a tree that is not there', open, (error) => codeOf(error) === 'PROLLY_MISSING_NODE')
}

async function putTwice({ storage }: Subject): Promise<void> {
  const node = await leafOf(3)
  await storage.put([node, node])
  await storage.put([node])
  mustBeBytes('the node', await storage.get(node.address), node.bytes)
  await Promise.all([storage.put([node]), storage.put([node])])
  mustBeBytes('the node', await storage.get(node.address), node.bytes)
}

async function large({ storage }: Subject): Promise<void> {
  // Text that does not compress: it becomes chunks of the largest size, and leaves of the most entries.
  let state = 1
  const noise = (length: number): string => {
    let text = ''
    while (text.length < length) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      text += state.toString(36)
    }
    return text.slice(0, length)
  }
  const sample = await sampleOf([...rows(500, noise(900)), ['z'.repeat(8 * 1024), noise(1_000_000)]])
  await storage.put(sample.nodes)
  const found = await storage.getMany(sample.nodes.map(addressOf))
  sample.nodes.forEach(({ bytes }, index) =>
    mustBeBytes(`a node of ${bytes.length} bytes`, found[index], bytes),
  )
  using tree = await ProllyTree.at(storage, sample.rootHash)
  mustBe('a long value', await tree.promises.get('z'.repeat(8 * 1024)), sample.entries.at(-1)?.[1])
}

async function wrongHash({ storage }: Subject): Promise<void> {
  const [named, other] = await Promise.all([leafOf(1), leafOf(2)])
  // A storage may look at what it keeps. Whether it does or not, no tree may be made of it.
  const useIt = async (): Promise<void> => {
    await storage.put([{ address: named.address, bytes: other.bytes }])
    using tree = await ProllyTree.at(storage, named.address)
    await tree.promises.get('number')
  }
  await mustFail('a node with the bytes of another one', useIt, (error) => FOUND_OUT.has(codeOf(error)))
}

async function deletion({ storage, deletes }: Subject): Promise<void> {
  const [node, other, never] = await Promise.all([leafOf(1), leafOf(2), leafOf(3)])
  await storage.put([node, other])
  const remove = async (): Promise<void> => storage.delete([node.address, never.address])
  if (deletes) {
    await remove()
    mustBe('a node that was deleted', await storage.get(node.address), undefined)
    await storage.put([node])
  } else {
    await mustFail('deletion', remove, (error) => codeOf(error) === 'PROLLY_UNSUPPORTED')
  }
  mustBeBytes('a node that is there', await storage.get(node.address), node.bytes)
  mustBeBytes('a node that was not deleted', await storage.get(other.address), other.bytes)
}

function addressOf(node: { readonly address: string } | undefined): string {
  must(node !== undefined, 'there is no such node')
  return node.address
}
