// What the quick start is told with: numbered steps, the commands as one would type them, times and sizes.
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const gitProlly = fileURLToPath(new URL('../../bin/git-prolly.js', import.meta.url))
let steps = 0

/** Does one step and says how long it took. */
export async function step(title, work) {
  steps += 1
  console.log(`\n${steps}. ${title}`)
  const began = performance.now()
  const result = await work()
  console.log(`   ${seconds(performance.now() - began)}`)
  return result
}

/** Says something within a step. */
export function say(text) {
  for (const line of text.trimEnd().split('\n')) console.log(`   ${line}`)
}

/**
 * Runs `git-prolly` in a folder and shows the command; gives its standard output, the `first` lines of which are shown.
 */
export function prolly(cwd, args, options = {}) {
  return run('git-prolly', process.execPath, [gitProlly, ...args], args, { cwd, ...options })
}

/** Runs the stock `git` in a folder and shows the command; gives its standard output. */
export function git(cwd, args) {
  return run('git', 'git', args, args, { cwd })
}

function run(name, program, argv, shown, { cwd, expect = 0, first = 0 }) {
  say(`$ ${name} ${shown.map((word) => (/^[\w@%+=:,./~^-]+$/.test(word) ? word : `'${word}'`)).join(' ')}`)
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  if (error) throw error
  const lines = stdout.split('\n').slice(0, -1)
  if (first > 0) say([...lines.slice(0, first), `… ${count(lines.length)} lines in all`].join('\n'))
  if (stderr) say(stderr)
  if (status !== expect)
    throw new Error(`${name} ${shown[0]} ended with ${status}, not ${expect}:\n${stderr}`)
  return stdout
}

/** The bytes of all files in a folder. */
export function sizeOf(folder) {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  }
  return bytes
}

/** `12,345` */
export function count(number) {
  return number.toLocaleString('en')
}

/** `12.3 MB` */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function seconds(milliseconds) {
  return `(${(milliseconds / 1000).toFixed(2)} s)`
}
