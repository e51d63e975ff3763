import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Native from '#native'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Refuses to test yesterday's build: the addon and the compiled TypeScript must be there, and newer than every source
 * that they are made from. RocksDB must be in it.
 */
export default function buildIsCurrent(): void {
  const crates = ['storage', 'tree', 'versioning', 'sql', 'node'].map((crate) => join(root, 'crates', crate))
  const addon = filesBelow(join(root, 'native')).find((path) => path.endsWith('.node'))
  const rust = crates.flatMap((crate) => [join(crate, 'Cargo.toml'), ...filesBelow(join(crate, 'src'))])
  check('the native addon', addon, rust, 'npm run build:full')
  const { hasRocksDb } = createRequire(import.meta.url)('../../native/binding.cjs') as typeof Native
  if (!hasRocksDb()) throw new Error('the native addon has no RocksDB: run npm run build:full')
  check(
    'the compiled package',
    join(root, 'dist', 'index.js'),
    filesBelow(join(root, 'ts')),
    'npm run build:ts',
  )
}

function check(what: string, built: string | undefined, sources: string[], command: string): void {
  const at = built === undefined ? undefined : statSync(built, { throwIfNoEntry: false })?.mtimeMs
  if (at === undefined) throw new Error(`${what} is not built: run ${command}`)
  const newer = sources.find((path) => statSync(path).mtimeMs > at)
  if (newer !== undefined) throw new Error(`${what} is older than ${newer}: run ${command}`)
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}
