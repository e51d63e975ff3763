// This project's tree against other key-value stores and prolly trees of npm: the same data in the same order, each
// contender and size in a process of its own, their runs taking turns, so that a slow minute of the machine slows all.
//
// `npm run bench:node` runs it at 10^4 and 10^6 keys; `npm run bench:node -- --help` says what else can be asked for.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { contender } from './contenders/index.mjs'
import { countsTable } from './counts.mjs'
import { has } from '../arguments.mjs'
import { readOptions } from './options.mjs'
import { install } from '../packages.mjs'
import { run } from './session.mjs'
import { report } from './table.mjs'
import { EXTRA, TARGETS_SIZE, targetsTable } from './targets.mjs'
import { GROUPS } from './tasks.mjs'

const options = readOptions()
install()
const contenders = await Promise.all(options.contenders.map(contender))
const hasOurs = options.contenders.some((id) => id.startsWith('prollytree-'))
const groups = having(options.words)
const folder = mkdtempSync(join(options.folder, 'prolly-bench-'))
const sessions = []
try {
  console.log(`Node.js ${process.version}, ${cpus().length} processors: ${cpus()[0].model}; load ${load()}`)
  for (const { name, about } of contenders) console.log(`${name}: ${about}`)
  for (const kind of options.kinds) {
    for (const size of options.sizes) {
      await session({ size, kind, groups, contenders })
      if (hasOurs) console.log(await countsTable({ size, kind, groups }, options.markdown))
    }
  }
  if (options.sizes.includes(TARGETS_SIZE) && options.kinds.includes('bytes-100')) {
    const extra = {
      groups: having(options.words, EXTRA.tasks),
      contenders: contenders.filter(({ id }) => EXTRA.contenders.includes(id)),
    }
    await session({ size: TARGETS_SIZE, kind: EXTRA.kind, ...extra })
  }
  console.log(targetsTable(sessions, options.markdown))
  console.log(`\nload at the end ${load()}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function session(asked) {
  if (asked.groups.length === 0 || asked.contenders.length === 0) return
  const results = await run({ ...asked, folder })
  sessions.push(results)
  console.log(report(results, asked.groups.flat(), options.markdown))
}

/** The tasks whose names have one of the words, and are among `ids` when there are such. */
function having(words, ids) {
  const wanted = ({ id }) => (ids === undefined || ids.includes(id)) && has(id, words)
  return GROUPS.map((group) => group.filter(wanted)).filter((group) => group.length > 0)
}

/** How busy the machine was in the last minute. */
function load() {
  return loadavg()[0].toFixed(2)
}
