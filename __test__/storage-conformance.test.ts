import { describe, expect, it } from 'vitest'
import {
  FileNodeStorage,
  GitNodeStorage,
  InMemoryNodeStorage,
  type NodeStorage,
  RocksDBNodeStorage,
  type StoredNode,
} from '../ts/index.js'
import {
  checkStorageConformance,
  type ConformanceOptions,
  type OpenStorage,
  STORAGE_CHECKS,
  StorageConformanceError,
} from '../ts/testing/index.js'
import { MapStorage, pause, Place, SlowStorage } from './helpers/map-storage.js'
import { temporaryFolder } from './helpers/temporary.js'

/** Opens places that last as long as the test. */
function places(make: (place: Place) => NodeStorage): () => OpenStorage {
  return () => {
    const known = new Map<string, Place>()
    return (name) => {
      const place = known.get(name) ?? new Place()
      known.set(name, place)
      return make(place)
    }
  }
}

function folders(open: (path: string, isNew: boolean) => Promise<NodeStorage>): () => OpenStorage {
  return () => {
    const [folder, known] = [temporaryFolder(), new Set<string>()]
    return (place) => {
      const isNew = !known.has(place)
      known.add(place)
      return open(`${folder}/${place}`, isNew)
    }
  }
}

const storages: [string, () => OpenStorage, ConformanceOptions][] = [
  ['memory', () => () => new InMemoryNodeStorage(), { persistent: false }],
  ['files', folders((path) => FileNodeStorage.open(path, { durability: 'off' })), {}],
  ['RocksDB', folders((path) => RocksDBNodeStorage.open(path, { durability: 'off' })), {}],
  [
    'Git',
    folders((path, isNew) => (isNew ? GitNodeStorage.init(path) : GitNodeStorage.open(path))),
    { deletes: false },
  ],
  ['a synchronous storage of the user', places((place) => new MapStorage(place)), {}],
  ['an asynchronous storage of the user', places((place) => new SlowStorage(place)), {}],
]

describe.each(storages)('%s', (_name, opener, options) => {
  it.each(STORAGE_CHECKS)('$name', async ({ run }) => {
    await expect(run(opener(), options)).resolves.toBeUndefined()
  })
})

it('the checks run one after the other as well', async () => {
  const open = places((place) => new MapStorage(place))()
  await expect(checkStorageConformance(open)).resolves.toBeUndefined()
})

class ForgetsOne extends MapStorage {
  override get(address: string) {
    return address.endsWith('0') || address.endsWith('1') ? undefined : super.get(address)
  }
}

class FindsNothing extends MapStorage {
  override get() {
    return undefined
  }
}

class IgnoresExpected extends MapStorage {
  override compareAndSwapRoot(name: string, _expected?: string, replacement?: string) {
    return super.compareAndSwapRoot(name, this.place.roots.get(name), replacement)
  }
}

class MovesInTwoSteps extends MapStorage {
  override async compareAndSwapRoot(name: string, expected?: string, replacement?: string) {
    if ((await this.root(name)) !== expected) return false
    await pause()
    return super.compareAndSwapRoot(name, this.place.roots.get(name), replacement)
  }
}

class LosesNodes extends MapStorage {
  override put(nodes: readonly StoredNode[]) {
    return super.put(nodes.length < 10 ? nodes : nodes.slice(0, -3))
  }
}

class MixesOrder extends MapStorage {
  override async getMany(addresses: readonly string[]) {
    return addresses.toSorted().map((address) => this.place.nodes.get(address))
  }
}

class ChangesBytes extends MapStorage {
  override put(nodes: readonly StoredNode[]) {
    return super.put(
      nodes.map(({ address, bytes }) => ({ address, bytes: Uint8Array.of(...bytes.slice(1), 7) })),
    )
  }
}

class CutsLargeNodes extends MapStorage {
  override put(nodes: readonly StoredNode[]) {
    return super.put(nodes.map(({ address, bytes }) => ({ address, bytes: bytes.slice(0, 65_536) })))
  }
}

class KeepsDeleted extends MapStorage {
  override delete() {}
}

class ForgetsWhenClosed extends MapStorage {
  override close(): void {
    super.close()
    this.place.nodes.clear()
  }
}

class HasOneName extends MapStorage {
  override root() {
    return super.root('main')
  }
  override compareAndSwapRoot(_name: string, expected?: string, replacement?: string) {
    return super.compareAndSwapRoot('main', expected, replacement)
  }
}

class ListsHalf extends MapStorage {
  override *addresses() {
    let index = 0
    for (const address of this.place.nodes.keys()) if (index++ % 2 === 0) yield address
  }
}

class AnswersWithNull extends MapStorage {
  override get(address: string) {
    return super.get(address) ?? (null as never)
  }
}

describe('a broken storage is found out', () => {
  it.each([
    [FindsNothing, 'what was put is got'],
    [ForgetsOne, 'many nodes come in the order asked'],
    [ChangesBytes, 'what was put is got'],
    [MixesOrder, 'many nodes come in the order asked'],
    [AnswersWithNull, 'many nodes come in the order asked'],
    [CutsLargeNodes, 'large nodes are kept'],
    [LosesNodes, 'large nodes are kept'],
    [KeepsDeleted, 'deletion is as promised'],
    [IgnoresExpected, 'a root moves only from what is expected'],
    [MovesInTwoSteps, 'of many who publish at once one succeeds'],
    [HasOneName, 'names are apart'],
    [ForgetsWhenClosed, 'a published tree is there when opened again'],
    [ListsHalf, 'garbage goes and nothing else'],
  ])('%o', async (Broken, check) => {
    const open = places((place) => new Broken(place))()
    const error = await checkStorageConformance(open).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StorageConformanceError)
    expect(error).toMatchObject({ name: 'StorageConformanceError', storage: Broken.name, check })
    expect((error as Error).message).toContain(`${Broken.name} fails the check "${check}": `)
  })
})
