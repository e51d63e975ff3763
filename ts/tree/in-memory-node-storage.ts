import { addon } from '../native/addon.js'
import { BuiltInNodeStorage } from './built-in-node-storage.js'

/**
 * Nodes in memory, for as long as the storage and the trees in it are open.
 *
 * @example
 * ```ts
 * import { InMemoryNodeStorage, ProllyTree } from 'prollytree'
 *
 * using storage = new InMemoryNodeStorage()
 * using tree = ProllyTree.create({ storage })
 * tree.insert('a', '1')
 * await tree.publish('draft')
 * using again = await ProllyTree.open(storage, 'draft')
 * assert.equal(again.get('a'), '1')
 * ```
 */
export class InMemoryNodeStorage extends BuiltInNodeStorage {
  /** A storage without nodes. */
  constructor() {
    super(addon().NativeStorage.memory())
  }
}
