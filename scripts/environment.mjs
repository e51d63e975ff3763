// What the Rust builds of this package share: where compiled files go, and which C compiler is called.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** The Cargo profile of day-to-day builds and of the Rust tests: one, so that dependencies compile once. */
export const profile = 'native'

/**
 * The environment in which Cargo runs.
 *
 * Compiled files go outside the checkout, so that a fresh clone finds them, and C sources go through ccache when it is
 * installed. Whatever the caller has set wins.
 */
export function rustEnvironment(environment = process.env) {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache')
  const result = { ...environment }
  result.CARGO_TARGET_DIR ||= join(cache, 'prollytree', 'target')
  if (isOnPath('ccache', environment)) {
    result.CC ||= 'ccache cc'
    result.CXX ||= 'ccache c++'
  }
  return result
}

/** Runs a program in the checkout with its output passed through; ends this process when it fails. */
export function run(program, args, environment = process.env) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    env: environment,
    stdio: 'inherit',
  })
  if (error) fail(`cannot run ${program}: ${error.message}`)
  if (signal) fail(`${program} was ended by ${signal}`)
  if (status !== 0) process.exit(status)
}

/** Ends this process with a line on standard error. */
export function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** The path of a program that one of the development dependencies installs. */
export function tool(name) {
  const path = join(root, 'node_modules', '.bin', name)
  if (!existsSync(path)) fail(`${name} is not installed: run npm ci`)
  return path
}

function isOnPath(program, environment) {
  return (environment.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, program)))
}
