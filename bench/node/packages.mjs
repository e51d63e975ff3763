// The packages that this tree is compared with.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const folder = import.meta.dirname

/** The version that the lock file names. */
export function versionOf(name) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  return packages[`node_modules/${name}`].version
}

/**
 * Installs the packages when they are missing. better-sqlite3 is compiled where its binary cannot be downloaded, which
 * takes Python, a C++ compiler and the headers of this Node.js: those beside it, when it has them.
 */
export function install() {
  if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return
  const prefix = dirname(dirname(process.execPath))
  const environment = { ...process.env }
  if (existsSync(join(prefix, 'include', 'node', 'node.h'))) environment.npm_config_nodedir ??= prefix
  const { status } = spawnSync('npm', ['ci'], { cwd: folder, env: environment, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}
