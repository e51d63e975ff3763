import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const advice = 'run npm run build:native'

/** Refuses to test yesterday's addon: it must be there, and newer than every source that it is made from. */
export default function addonIsCurrent(): void {
  const addon = filesBelow(join(root, 'native')).find((path) => path.endsWith('.node'))
  if (addon === undefined) throw new Error(`the native addon is not built: ${advice}`)
  const built = statSync(addon).mtimeMs
  const sources = ['storage', 'tree', 'versioning', 'node'].flatMap((crate) => [
    join(root, 'crates', crate, 'Cargo.toml'),
    ...filesBelow(join(root, 'crates', crate, 'src')),
  ])
  const newer = sources.find((path) => statSync(path).mtimeMs > built)
  if (newer !== undefined) throw new Error(`the native addon is older than ${newer}: ${advice}`)
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
