import { resolve } from 'node:path'
import { addon } from '../native/addon.js'
import { change } from '../native/call.js'
import { checkName, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { BuiltInNodeStorage } from './built-in-node-storage.js'

/**
 * Nodes in a Git repository. They are in memory until a tree is published, which writes them as a commit on the branch
 * of that name; pushing and cloning the repository carries them along.
 *
 * Git has names of its own for nodes, and the way to them leads through their parents: after a repository was opened,
 * `get` finds a node by its address once a tree that has it was read that far.
 *
 * @example
 * ```ts
 * import { GitNodeStorage, ProllyTree } from 'prollytree'
 *
 * using storage = await GitNodeStorage.init(`${folder}/nodes`)
 * using tree = ProllyTree.create({ storage })
 * tree.insert('a', '1')
 * const rootHash = await tree.publish('main')
 * assert.equal(await storage.root('main'), rootHash)
 * ```
 */
export class GitNodeStorage extends BuiltInNodeStorage {
  /**
   * Makes a repository in a folder, which is made when it is missing.
   *
   * @param directory - The folder.
   * @param options - How to give up.
   */
  static async init(directory: string, options: AbortOptions = {}): Promise<GitNodeStorage> {
    checkName('directory', directory)
    checkOptions(options, ['signal'])
    const open = () => addon().NativeStorage.initGit(resolve(directory))
    return new GitNodeStorage(await change(undefined, options.signal, open))
  }

  /**
   * Opens the repository in a folder.
   *
   * @param path - The folder, its `.git`, or a bare repository.
   * @param options - How to give up.
   */
  static async open(path: string, options: AbortOptions = {}): Promise<GitNodeStorage> {
    checkName('path', path)
    checkOptions(options, ['signal'])
    const open = () => addon().NativeStorage.openGit(resolve(path))
    return new GitNodeStorage(await change(undefined, options.signal, open))
  }
}
