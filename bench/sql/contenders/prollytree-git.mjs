import { join } from 'node:path'
import { ProllySqlStore } from '../../../dist/index.js'
import { Prolly } from './prollytree.mjs'

export async function open(folder) {
  return new Prolly(await ProllySqlStore.init(join(folder, 'store'), { branch: 'main', storage: 'git' }))
}
