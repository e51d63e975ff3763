import { keyTranscoder } from '../encoding/transcoders.js'
import { ClosedError } from '../errors/closed-error.js'
import { keepFailure } from '../errors/failures.js'
import { addon } from '../native/addon.js'
import { show } from '../options/show.js'
import { PageReader } from '../packed/page-reader.js'
import { PageWriter } from '../packed/page-writer.js'
import type { CustomNodeStorage } from './custom-node-storage.js'
import type { StoredNode } from './stored-node.js'
import type { NativeAnswers, NativeStorage, NativeStorageRequest } from '#native'

const ADDRESS = /^[0-9a-f]{64}$/
const bytesOf = keyTranscoder('view')

/** A method answered with what it must not answer with. */
class WrongAnswer extends Error {}

/**
 * The native side of a storage of the user. It asks on the event loop for what its threads need, and is answered.
 *
 * It does not keep the storage from being forgotten: whatever is in use of it does.
 */
export function serveRequests(storage: CustomNodeStorage): NativeStorage {
  const answers = new (addon().NativeAnswers)()
  const held = new WeakRef(storage)
  const name = storage.custom
  return addon().NativeStorage.custom(name, answers, (request) => {
    void serve(held.deref(), name, answers, request)
  })
}

/** Runs one method and answers. It never throws, whatever the method does. */
async function serve(
  storage: CustomNodeStorage | undefined,
  name: string,
  answers: NativeAnswers,
  request: NativeStorageRequest,
): Promise<void> {
  const { id, method } = request
  try {
    if (!storage?.isOpen) throw new ClosedError('the storage is closed', { details: { what: 'storage' } })
    answers.answer(id, await answerOf(storage, request))
  } catch (error) {
    const isOurs = error instanceof WrongAnswer
    const reason = error instanceof Error ? error.message : show(error)
    const message = isOurs ? `${name}.${method} ${reason}` : `${name}.${method} failed: ${reason}`
    answers.fail(id, name, method, message, isOurs ? 0 : keepFailure(error))
  }
}

async function answerOf(storage: CustomNodeStorage, request: NativeStorageRequest): Promise<Uint8Array> {
  const { addresses, name = '', expected, replacement } = request
  switch (request.method) {
    case 'get':
      return one(bytesIn(await storage.get(addresses[0] ?? ''), 'a Uint8Array or undefined'))
    case 'getMany': {
      const found = each(await storage.getMany(addresses), addresses.length)
      return records(found.map((bytes) => bytesIn(bytes, 'an array of Uint8Array and undefined')))
    }
    case 'hasMany': {
      const found = each(await storage.hasMany(addresses), addresses.length)
      return records(found.map((is) => present(is, 'an array of true and false')))
    }
    case 'put':
      return done(await storage.put(nodesIn(request.nodes)))
    case 'delete':
      return done(await storage.delete(addresses))
    case 'root': {
      const root: unknown = await storage.root(name)
      return one(root === undefined ? undefined : addressIn(root, 'a root hash or undefined'))
    }
    case 'roots':
      return pairs(await storage.roots())
    case 'compareAndSwapRoot':
      return one(present(await storage.compareAndSwapRoot(name, expected, replacement), 'true or false'))
    case 'addresses':
      return records(await listed(storage.addresses()))
    default:
      return done(await storage.sync())
  }
}

function wrong(expected: string, value: unknown): WrongAnswer {
  return new WrongAnswer(`must return ${expected}, not ${show(value)}`)
}

function bytesIn(value: unknown, expected: string): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value
  throw wrong(expected, value)
}

function addressIn(value: unknown, expected: string): string {
  if (typeof value === 'string' && ADDRESS.test(value)) return value
  throw wrong(expected, value)
}

/** A record that is there for `true`. */
function present(value: unknown, expected: string): string | undefined {
  if (typeof value !== 'boolean') throw wrong(expected, value)
  return value ? '' : undefined
}

function each(value: unknown, length: number): unknown[] {
  if (!Array.isArray(value)) throw wrong('an array', value)
  if (value.length !== length) {
    throw new WrongAnswer(
      `must return as many elements as there are addresses, ${length}, not ${value.length}`,
    )
  }
  // Holes would be skipped.
  return Array.from(value)
}

/** The nodes of a page, with memory of their own. */
function nodesIn(page: Uint8Array | undefined): StoredNode[] {
  const nodes: StoredNode[] = []
  if (page === undefined) return nodes
  const reader = new PageReader(2)
  reader.open(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
  while (reader.advance()) {
    nodes.push({ address: reader.text(0), bytes: reader.read(1, bytesOf) as Uint8Array })
  }
  return nodes
}

async function listed(addresses: unknown): Promise<string[]> {
  const expected = 'an iterable or an async iterable of addresses'
  const isWalkable = typeof addresses === 'object' && addresses !== null
  if (!isWalkable || !(Symbol.iterator in addresses || Symbol.asyncIterator in addresses)) {
    throw wrong(expected, addresses)
  }
  const all: string[] = []
  for await (const address of addresses as Iterable<unknown> | AsyncIterable<unknown>) {
    all.push(addressIn(address, expected))
  }
  return all
}

function pairs(roots: unknown): Uint8Array {
  const expected = 'a Map of names and root hashes'
  if (typeof roots !== 'object' || roots === null || !(Symbol.iterator in roots)) throw wrong(expected, roots)
  const page = new PageWriter(2)
  for (const pair of roots as Iterable<unknown>) {
    const [name, root] = Array.isArray(pair) ? (pair as unknown[]) : []
    if (typeof name !== 'string') throw wrong(expected, pair)
    page.begin()
    page.field(name, 'name')
    page.field(addressIn(root, expected), 'root')
  }
  return page.finish()
}

function one(field: string | Uint8Array | undefined): Uint8Array {
  return records([field])
}

function records(fields: readonly (string | Uint8Array | undefined)[]): Uint8Array {
  const page = new PageWriter(1)
  for (const field of fields) {
    page.begin()
    if (field === undefined) page.absent()
    else page.field(field, 'answer')
  }
  return page.finish()
}

/** The answer to what only has to be done. */
function done(nothing: unknown): Uint8Array {
  void nothing
  return records([])
}
