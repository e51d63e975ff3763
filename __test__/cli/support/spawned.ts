import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment } from './in-process.js'

/** The file that npm links as `git-prolly`. */
export const program = fileURLToPath(new URL('../../../bin/git-prolly.js', import.meta.url))

/** Runs the built command as a process of its own. */
export function spawned(
  args: readonly string[],
  options: { cwd?: string; input?: string | Uint8Array; env?: Record<string, string> } = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    ...options,
    env: { ...environment, ...options.env },
  })
}

/** An environment in whose `PATH` the command is called `git-prolly`, as npm installs it. */
export function installed(folder: string): Record<string, string> {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(program, join(bin, 'git-prolly'))
  return { ...environment, PATH: [bin, environment.PATH].join(delimiter), HOME: folder }
}

/** Runs a shell script in which the command is installed. */
export function shell(script: string, cwd: string, env: Record<string, string>): SpawnSyncReturns<string> {
  return spawnSync('bash', ['-c', script], { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 })
}
