// The packages that this project is compared with.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rustEnvironment } from '../scripts/environment.mjs'

const folder = import.meta.dirname

/** The version that the lock file names. */
export function versionOf(name) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  return packages[`node_modules/${name}`].version
}

/**
 * Installs the packages when they are missing, or older than the lock file. better-sqlite3 is compiled where its binary
 * cannot be downloaded, which takes Python, make, a C++ compiler and the headers of this Node.js: those beside it, when it
 * has them.
 */
export function install() {
  if (changed('node_modules/.package-lock.json') > changed('package-lock.json')) return
  const prefix = dirname(dirname(process.execPath))
  const environment = rustEnvironment()
  if (existsSync(join(prefix, 'include', 'node', 'node.h'))) environment.npm_config_nodedir ??= prefix
  const { status } = spawnSync('npm', ['ci'], { cwd: folder, env: environment, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}

/** When a file changed; 0 when there is none. */
function changed(name) {
  return statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
