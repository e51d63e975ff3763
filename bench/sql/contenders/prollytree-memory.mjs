import { ProllySqlStore } from '../../../dist/index.js'
import { Prolly } from './prollytree.mjs'

export async function open() {
  return new Prolly(await ProllySqlStore.memory({ branch: 'main' }))
}
