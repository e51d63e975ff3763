import { FileNodeStorage } from '../../../dist/index.js'
import { ProllyTreeStore } from './prollytree.mjs'

export default {
  name: 'ProllyTree, files',
  about: 'keys are strings; a cache of 256 MiB for nodes, as by default; durable: published',
  open: async (folder, isJson) => ProllyTreeStore.open(await FileNodeStorage.open(folder), isJson),
}
