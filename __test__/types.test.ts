import { describe, expectTypeOf, it } from 'vitest'
import {
  type AsyncSequence,
  type Change,
  type Codec,
  InMemoryNodeStorage,
  json,
  type KvNamespace,
  type KvSnapshot,
  type KvTransaction,
  type MergeConflict,
  type NodeStorage,
  ProllyTree,
  type ProllyTreePromises,
  type LevelStatistics,
  type RangeIterable,
  TREE_CONFIGS,
  type TreeLeaf,
  type ValueLink,
  verifyProof,
  VersionedKvStore,
} from '../ts/index.js'

// These are checked by tsc, not when they run: npm run lint:ts.

interface User {
  readonly name: string
}
declare const uint32: Codec<number>
declare const bytes: Uint8Array

/** Never called: what it contains is only compiled. */
export async function compiled(): Promise<void> {
  const text = await VersionedKvStore.memory()
  expectTypeOf(text).toEqualTypeOf<VersionedKvStore<string, string>>()
  expectTypeOf(text.get('a')).toEqualTypeOf<string | undefined>()
  expectTypeOf(text.getMany(['a'])).toEqualTypeOf<(string | undefined)[]>()
  expectTypeOf(text.entries()).toEqualTypeOf<RangeIterable<[key: string, value: string]>>()
  expectTypeOf(text.keys({ prefix: bytes, keyEncoding: 'buffer' }).toArray()).toEqualTypeOf<Buffer[]>()

  // Encodings of a store.
  const users = await VersionedKvStore.open('folder', { keyEncoding: uint32, valueEncoding: json<User>() })
  expectTypeOf(users).toEqualTypeOf<VersionedKvStore<number, User>>()
  expectTypeOf(users.at('main')).resolves.toEqualTypeOf<KvSnapshot<number, User>>()
  expectTypeOf(users.diff()).toEqualTypeOf<AsyncSequence<Change<number, User>>>()
  const blobs = await VersionedKvStore.init('folder', { keyEncoding: 'buffer', valueEncoding: 'view' })
  expectTypeOf(blobs).toEqualTypeOf<VersionedKvStore<Buffer, Uint8Array>>()
  expectTypeOf(ProllyTree.create({ valueEncoding: 'json' })).toEqualTypeOf<ProllyTree<string, unknown>>()

  // Encodings of one call.
  expectTypeOf(text.get('a', { valueEncoding: 'buffer' })).toEqualTypeOf<Buffer | undefined>()
  expectTypeOf(text.get('a', { valueEncoding: json<User>() })).toEqualTypeOf<User | undefined>()
  expectTypeOf(text.get('a', { valueEncoding: 'json' })).toEqualTypeOf<unknown>()
  expectTypeOf(text.get(bytes, { keyEncoding: 'view' })).toEqualTypeOf<string | undefined>()
  expectTypeOf(text.values({ limit: 1, valueEncoding: uint32 }).toArray()).toEqualTypeOf<number[]>()

  // Any bytes may be written where a Buffer is read.
  blobs.insert(bytes, bytes)
  blobs.insertBatch([[bytes, bytes]])

  const flags = text.namespace('flags', { valueEncoding: json<boolean>() })
  expectTypeOf(flags).toEqualTypeOf<KvNamespace<string, boolean>>()
  await users.transact((tx) => expectTypeOf(tx).toEqualTypeOf<KvTransaction<number, User>>(), {
    message: 'x',
  })
  await users.merge('feature', {
    resolve(conflict) {
      expectTypeOf(conflict).toEqualTypeOf<MergeConflict<number, User>>()
      return conflict.source ?? { name: 'nobody' }
    },
  })
  for await (const change of text.diff()) {
    if (change.type === 'added') expectTypeOf(change.newValue).toEqualTypeOf<string>()
    if (change.type === 'removed') expectTypeOf(change.oldValue).toEqualTypeOf<string>()
    if (change.type === 'modified') expectTypeOf([change.oldValue, change.newValue]).toEqualTypeOf<string[]>()
  }

  expectTypeOf(ProllyTree.create({ config: 'large-values' })).toEqualTypeOf<ProllyTree<string, string>>()
  // @ts-expect-error there is no such preset
  ProllyTree.create({ config: 'huge-values' })
  // @ts-expect-error presets stay as they are
  TREE_CONFIGS.default.inlineValueMax = 1

  // Promises have the types of the methods.
  expectTypeOf(text.promises.get('a')).resolves.toEqualTypeOf<string | undefined>()
  expectTypeOf(users.promises.get(1, { valueEncoding: 'buffer' })).resolves.toEqualTypeOf<
    Buffer | undefined
  >()
  expectTypeOf(blobs.promises.first()).resolves.toEqualTypeOf<[key: Buffer, value: Uint8Array] | undefined>()
  expectTypeOf(ProllyTree.create().promises).toEqualTypeOf<ProllyTreePromises<string, string>>()
  // @ts-expect-error a snapshot is not written to
  void (await users.at('main')).promises.insert
  const memory = new InMemoryNodeStorage()
  expectTypeOf(memory.get('hash')).toEqualTypeOf<Promise<Buffer | undefined>>()
  const anyStorage: NodeStorage = memory
  expectTypeOf(await anyStorage.get('hash')).toEqualTypeOf<Uint8Array | undefined>()

  // Proofs answer as they are asked.
  const tree = ProllyTree.create({ valueEncoding: json<User>() })
  const proof = await tree.generateProof('a')
  expectTypeOf(proof).toEqualTypeOf<Buffer>()
  expectTypeOf(tree.verify(proof, 'a')).resolves.toEqualTypeOf<User | undefined>()
  expectTypeOf(tree.verify(proof, ['a'])).resolves.toEqualTypeOf<(User | undefined)[]>()
  expectTypeOf(tree.verify(proof, { gt: 'a' })).resolves.toEqualTypeOf<[key: string, value: User][]>()
  expectTypeOf(tree.verify(proof, {}, { allowLinks: true })).resolves.toEqualTypeOf<
    [key: string, value: User | ValueLink][]
  >()
  expectTypeOf(tree.verify(proof, bytes, { keyEncoding: 'view', allowLinks: false })).resolves.toEqualTypeOf<
    User | undefined
  >()
  expectTypeOf(verifyProof('hash', proof, 'a')).resolves.toEqualTypeOf<string | undefined>()
  expectTypeOf(verifyProof('hash', proof, [1], { keyEncoding: uint32 })).resolves.toEqualTypeOf<
    (string | undefined)[]
  >()
  expectTypeOf(
    verifyProof('hash', proof, {}, { keyEncoding: uint32, valueEncoding: json<User>(), allowLinks: true }),
  ).resolves.toEqualTypeOf<[key: number, value: User | ValueLink][]>()
  expectTypeOf(tree.first()).toEqualTypeOf<[key: string, value: User] | undefined>()
  expectTypeOf(users.last({ gt: 1, valueEncoding: 'buffer' })).toEqualTypeOf<
    [key: number, value: Buffer] | undefined
  >()
  expectTypeOf(tree.nth(1)).toEqualTypeOf<[key: string, value: User] | undefined>()
  expectTypeOf(tree.find('a')).toEqualTypeOf<TreeLeaf<string, User>>()
  expectTypeOf(tree.find(bytes, { keyEncoding: 'view' }).above).toEqualTypeOf<Uint8Array | undefined>()
  expectTypeOf((await tree.stats()).levels).toEqualTypeOf<readonly LevelStatistics[]>()
  // @ts-expect-error keys are text
  tree.rank(5)
  // @ts-expect-error the first entry has no limit
  tree.first({ limit: 2 })

  // @ts-expect-error keys are text
  await tree.generateProof(5)
  // @ts-expect-error a misspelt option beside a good one
  await tree.generateProof({ prefix: 'a', limt: 1 })
  // @ts-expect-error a proof has no limit
  await tree.verify(proof, { limit: 1 })
  // @ts-expect-error a proof is bytes
  await verifyProof('hash', 'proof', 'a')

  // @ts-expect-error keys are text
  text.get(1)
  // @ts-expect-error values are users
  users.insert(1, 'Ada')
  // @ts-expect-error keys have no order as JSON
  text.get('a', { keyEncoding: 'json' })
  // @ts-expect-error a misspelt option
  text.entries({ prefx: 'a' })
  // @ts-expect-error a misspelt option beside a good one
  text.entries({ prefix: 'a', valueEncoding: 'json', limt: 1 })
  // @ts-expect-error the bound is not a key
  users.keys({ gte: 'a' })
  // @ts-expect-error a resolver must decide
  await text.merge('feature', { resolve: () => undefined })
  // @ts-expect-error there is no such strategy
  await text.merge('feature', { strategy: 'ours' })
  // @ts-expect-error a transaction needs a message
  await text.transact(() => {}, {})
  // @ts-expect-error snapshots are read only
  ;(await text.at('main')).insert('a', '1')
  // @ts-expect-error stores are made by init, open, memory and clone
  expectTypeOf(new VersionedKvStore()).toBeObject()
}

describe('types', () => {
  it('are compiled', () => {
    expectTypeOf(compiled).returns.resolves.toBeVoid()
  })
})
