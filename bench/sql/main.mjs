// This project's SQL against better-sqlite3 and GlueSQL over its own storages: the same statements about the same rows,
// each contender in a process of its own, their runs taking turns, and their answers compared.
//
// `npm run bench:sql` runs it with tables of 10^6 rows; `npm run bench:sql -- --help` says what else can be asked for.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { install } from '../packages.mjs'
import { FLAT } from './lines.mjs'
import { readOptions } from './options.mjs'
import { build } from './participant.mjs'
import { run } from './session.mjs'
import { targetsTable } from './targets.mjs'

/** Rows of the table whose updates those of a large one are compared with. */
const FEW = 10_000

const { rows, lines, contenders, patience, markdown, ...options } = readOptions()
install()
if (contenders.some(({ glue }) => glue)) build()
const folder = mkdtempSync(join(options.folder, 'prolly-bench-'))
try {
  console.log(`Node.js ${process.version}, ${cpus().length} processors: ${cpus()[0].model}; load ${load()}`)
  for (const { name, about } of contenders) console.log(`${name}: ${about}`)
  const results = await run({ rows, lines, contenders, folder, patience })
  console.log(results.table(lines, markdown))
  const ours = contenders.filter(({ isOurs }) => isOurs)
  const few =
    rows > FEW && lines.includes(FLAT) && ours.length > 0
      ? await run({ rows: FEW, lines: [FLAT], contenders: ours, folder, patience })
      : undefined
  console.log(targetsTable(results, few, lines, markdown))
  console.log(`\nload at the end ${load()}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** How busy the machine was in the last minute. */
function load() {
  return loadavg()[0].toFixed(2)
}
