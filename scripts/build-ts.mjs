// Compiles ts/ into dist/, from nothing, so that no file of an earlier build stays behind.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, tool } from './environment.mjs'

rmSync(join(root, 'dist'), { recursive: true, force: true })
run(tool('tsc'), ['-p', 'tsconfig.json'])
