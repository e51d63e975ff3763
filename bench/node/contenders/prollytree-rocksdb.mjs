import { RocksDBNodeStorage } from '../../../dist/index.js'
import { ProllyTreeStore } from './prollytree.mjs'

export default {
  name: 'ProllyTree, RocksDB',
  about:
    'keys are strings; caches of 256 MiB for nodes and 64 MiB for blocks, a write buffer of 32 MiB, as by default; durable: published',
  open: async (folder, isJson) => ProllyTreeStore.open(await RocksDBNodeStorage.open(folder), isJson),
}
