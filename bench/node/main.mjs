// This project's tree against other key-value stores and prolly trees of npm: the same data in the same order, each
// contender and size in a process of its own, their runs taking turns, so that a slow minute of the machine slows all.
//
// `npm run bench:node` runs it at 10^4 and 10^6 keys. Behind `--`: sizes, and words, of which a task's name must have one.
//
//   --values=bytes-100,json-1k   kinds of values; random bytes when left out
//   --contenders=lmdb,level      only those whose file names have one of these words
//   --folder=…                   where the stores are; the system's folder for temporary files when left out
//   --markdown                   tables as Markdown
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { contender, CONTENDERS } from './contenders/index.mjs'
import { KINDS } from './data.mjs'
import { install } from './packages.mjs'
import { run } from './session.mjs'
import { report } from './table.mjs'
import { EXTRA, TARGETS_SIZE, targetsTable } from './targets.mjs'
import { GROUPS } from './tasks.mjs'

const SIZES = [10_000, 1_000_000]

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    values: { type: 'string', default: 'bytes-100' },
    contenders: { type: 'string', default: '' },
    folder: { type: 'string', default: tmpdir() },
    markdown: { type: 'boolean', default: false },
  },
})
const numbers = positionals.filter((word) => /^\d+$/.test(word)).map(Number)
const words = positionals.filter((word) => !/^\d+$/.test(word))
const sizes = numbers.length > 0 ? numbers : SIZES
const kinds = options.values.split(',')
for (const kind of kinds)
  if (!(kind in KINDS)) throw new Error(`values are ${Object.keys(KINDS).join(' or ')}`)

install()
const contenders = await some(CONTENDERS, options.contenders.split(','))
const groups = having(words)
const folder = mkdtempSync(join(options.folder, 'prolly-bench-'))
const sessions = []
try {
  console.log(`Node.js ${process.version}, ${cpus().length} processors: ${cpus()[0].model}; load ${load()}`)
  for (const { name, about } of contenders) console.log(`${name}: ${about}`)
  for (const kind of kinds) {
    for (const size of sizes) await session({ size, kind, groups, contenders })
  }
  if (sizes.includes(TARGETS_SIZE) && kinds.includes('bytes-100')) {
    const extra = {
      groups: having(words, EXTRA.tasks),
      contenders: await some(EXTRA.contenders, options.contenders.split(',')),
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

/** The contenders whose names have one of the words. */
function some(names, asked) {
  return Promise.all(names.filter((name) => asked.some((word) => name.includes(word))).map(contender))
}

/** The tasks whose names have one of the words, and are among `ids` when there are such. */
function having(asked, ids) {
  const wanted = ({ id }) =>
    (ids === undefined || ids.includes(id)) && (asked.length === 0 || asked.some((word) => id.includes(word)))
  return GROUPS.map((group) => group.filter(wanted)).filter((group) => group.length > 0)
}

/** How busy the machine was in the last minute. */
function load() {
  return loadavg()[0].toFixed(2)
}
