import { RocksDBNodeStorage } from '../../../dist/index.js'
import { ProllyTreeStore } from './prollytree.mjs'

export default {
  name: 'ProllyTree, RocksDB',
  about: 'keys are strings; a block cache and a write buffer of 64 MiB, as by default; durable: published',
  open: async (folder, isJson) => ProllyTreeStore.open(await RocksDBNodeStorage.open(folder), isJson),
}
