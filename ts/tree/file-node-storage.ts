import { resolve } from 'node:path'
import { addon } from '../native/addon.js'
import { change } from '../native/call.js'
import { checkName, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { BuiltInNodeStorage } from './built-in-node-storage.js'
import { type Durability, durabilityOf } from './durability.js'

/** How a {@link FileNodeStorage} is opened. */
export interface FileNodeStorageOptions extends AbortOptions {
  /** What survives a loss of power; `'commit'` by default. */
  durability?: Durability | undefined
}

/**
 * Nodes in a folder, a file each: small, easy to look into, and open to several processes at once. For many nodes the
 * other storages are faster.
 *
 * @example
 * ```ts
 * import { FileNodeStorage, ProllyTree } from 'prollytree'
 *
 * using storage = await FileNodeStorage.open(`${folder}/tree`)
 * using tree = ProllyTree.create({ storage })
 * tree.insert('a', '1')
 * const rootHash = await tree.publish('main')
 * assert.equal(await storage.root('main'), rootHash)
 * ```
 */
export class FileNodeStorage extends BuiltInNodeStorage {
  /**
   * Opens the storage in a folder. A folder that is missing or empty becomes one; one of something else is refused.
   *
   * @param path - The folder.
   * @param options - What survives a loss of power, and how to give up.
   */
  static async open(path: string, options: FileNodeStorageOptions = {}): Promise<FileNodeStorage> {
    checkName('path', path)
    checkOptions(options, ['signal', 'durability'])
    const durability = durabilityOf(options.durability)
    const open = () => addon().NativeStorage.openFile(resolve(path), durability)
    return new FileNodeStorage(await change(undefined, options.signal, open))
  }
}
