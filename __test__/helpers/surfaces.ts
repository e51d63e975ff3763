import { onTestFinished } from 'vitest'
import {
  type KeyEncoding,
  type KeyValueStore,
  type KeyValueWriter,
  ProllyTree,
  type ValueEncoding,
  VersionedKvStore,
} from '../../ts/index.js'

/** Encodings of a surface. */
export interface Encodings {
  readonly keyEncoding?: KeyEncoding
  readonly valueEncoding?: ValueEncoding
}

/** Something with the key-value surface, for tests that hold for all that have one. */
export interface Surface {
  readonly name: string
  /** Makes an empty one, which is closed after the test. */
  make<K = string, V = string>(encodings?: Encodings): Promise<KeyValueStore<K, V>>
}

/** All that load in bulk too. */
export const surfaces: readonly Surface[] = [
  {
    name: 'ProllyTree',
    async make<K, V>(encodings: Encodings = {}) {
      const tree = ProllyTree.create(encodings)
      onTestFinished(() => tree.close())
      return tree as unknown as KeyValueStore<K, V>
    },
  },
  {
    name: 'VersionedKvStore',
    async make<K, V>(encodings: Encodings = {}) {
      const store = await VersionedKvStore.memory(encodings)
      onTestFinished(() => store.close())
      return store as unknown as KeyValueStore<K, V>
    },
  },
  {
    name: 'KvNamespace',
    async make<K, V>(encodings: Encodings = {}) {
      const store = await VersionedKvStore.memory()
      onTestFinished(() => store.close())
      return store.namespace('names', encodings) as unknown as KeyValueStore<K, V>
    },
  },
]

/** Runs `work` in a transaction, for tests of what it shares with the rest. */
export async function inTransaction(
  work: (tx: KeyValueWriter<string, string>) => Promise<void>,
): Promise<void> {
  await using store = await VersionedKvStore.memory()
  await store.transact(work, { message: 'Test', allowEmpty: true })
}
