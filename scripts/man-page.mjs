// Writes man/git-prolly.1 from the built command: node scripts/man-page.mjs
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manPage } from '../dist/cli/man-page.js'
import { root } from './environment.mjs'

const { stdin, stdout, stderr, env } = process
const context = { stdin, stdout, stderr, env, cwd: root, signal: new AbortController().signal }
mkdirSync(join(root, 'man'), { recursive: true })
writeFileSync(join(root, 'man', 'git-prolly.1'), await manPage(context))
