import { resolve } from 'node:path'
import { addon } from '../native/addon.js'
import { change } from '../native/call.js'
import { checkName, checkOneOf, checkOptions, invalid } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { BuiltInNodeStorage } from './built-in-node-storage.js'
import { type Durability, durabilityOf } from './durability.js'

/** How RocksDB compresses nodes: not at all, fast, or small. */
export type RocksDBCompression = 'none' | 'lz4' | 'zstd'

/** How a {@link RocksDBNodeStorage} is opened. All of it may differ from one opening to the next. */
export interface RocksDBNodeStorageOptions extends AbortOptions {
  /** What survives a loss of power; `'commit'` by default. */
  durability?: Durability | undefined
  /** How nodes are compressed when they are first written; `'lz4'` by default. */
  compression?: RocksDBCompression | undefined
  /** How nodes are compressed at the bottom level, where most of a large store comes to rest; `'zstd'` by default. */
  bottomCompression?: RocksDBCompression | undefined
  /** Memory for uncompressed blocks, in bytes; 64 MiB by default, from 1 MiB to 1 TiB. */
  blockCacheBytes?: number | undefined
  /** Memory for nodes that are in no file yet, in bytes; 32 MiB by default, from 1 MiB to 1 GiB. Up to four times as
   * much is used while files are written. */
  writeBufferBytes?: number | undefined
  /** Bits a node in the filters that tell which files lack it; 10 by default, up to 30. 0 is no filter. */
  filterBits?: number | undefined
  /** Files kept open; 512 by default, from 32 to 1,000,000. */
  openFilesMax?: number | undefined
}

const NUMBERS = ['blockCacheBytes', 'writeBufferBytes', 'filterBits', 'openFilesMax'] as const
const COMPRESSIONS = ['compression', 'bottomCompression'] as const

/**
 * Nodes in a RocksDB database: for throughput, and for more data than fits in memory.
 *
 * One process has it open at a time, through one storage; opening it once more is refused with `PROLLY_LOCKED`. It is
 * free again when the storage and the trees in it are closed.
 *
 * @example
 * ```ts
 * import { ProllyTree, RocksDBNodeStorage } from 'prollytree'
 *
 * using storage = await RocksDBNodeStorage.open(`${folder}/database`)
 * using tree = ProllyTree.create({ storage })
 * tree.insert('a', '1')
 * const rootHash = await tree.publish('main')
 * assert.equal(await storage.root('main'), rootHash)
 * ```
 */
export class RocksDBNodeStorage extends BuiltInNodeStorage {
  /** Whether this build of the package has RocksDB; the published one does. */
  static get isAvailable(): boolean {
    return addon().hasRocksDb()
  }

  /**
   * Opens the storage in a folder. A folder that is missing or empty becomes one; one of something else is refused.
   *
   * @param path - The folder.
   * @param options - How it is opened, and how to give up.
   */
  static async open(path: string, options: RocksDBNodeStorageOptions = {}): Promise<RocksDBNodeStorage> {
    checkName('path', path)
    checkOptions(options, ['signal', 'durability', ...COMPRESSIONS, ...NUMBERS])
    const { signal, durability, ...rest } = options
    for (const name of COMPRESSIONS) {
      if (rest[name] !== undefined) checkOneOf(`options.${name}`, rest[name], ['none', 'lz4', 'zstd'])
    }
    for (const name of NUMBERS) {
      const value: unknown = rest[name]
      if (value !== undefined && (!Number.isSafeInteger(value) || (value as number) < 0)) {
        throw invalid(`options.${name}`, 'a whole number from 0 on', value)
      }
    }
    const given = Object.entries(rest).filter(([, value]) => value !== undefined)
    const native = { durability: durabilityOf(durability), ...Object.fromEntries(given) }
    const open = () => addon().openRocksDb(resolve(path), native)
    return new RocksDBNodeStorage(await change(undefined, signal, open))
  }

  /**
   * Makes a new folder a storage that holds what this one holds now: a backup. Others may read and write meanwhile. On the
   * same file system it takes a moment and no space, for the two share the files there are.
   *
   * @param path - The folder, which must not exist.
   * @param options - How to give up.
   */
  async checkpoint(path: string, options: AbortOptions = {}): Promise<void> {
    checkName('path', path)
    checkOptions(options, ['signal'])
    await change(this.lifetime, options.signal, () => addon().checkpointRocksDb(this.native, resolve(path)))
  }
}
