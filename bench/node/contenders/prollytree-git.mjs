import { existsSync } from 'node:fs'
import { GitNodeStorage } from '../../../dist/index.js'
import { ProllyTreeStore } from './prollytree.mjs'

const storage = (folder) => (existsSync(folder) ? GitNodeStorage.open(folder) : GitNodeStorage.init(folder))

export default {
  name: 'ProllyTree, Git',
  about:
    'keys are strings; a cache of 256 MiB for nodes, as by default; nodes are in memory until they are published; durable: published',
  open: async (folder, isJson) => ProllyTreeStore.open(await storage(folder), isJson),
}
