import { InMemoryNodeStorage } from '../../../dist/index.js'
import { ProllyTreeStore } from './prollytree.mjs'

export default {
  name: 'ProllyTree, memory',
  about: 'keys are strings',
  inMemory: true,
  open: (_folder, isJson) => ProllyTreeStore.open(new InMemoryNodeStorage(), isJson),
}
