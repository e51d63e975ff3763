// Joins the many small files of the built command, and of the library below it, into a few: node scripts/bundle-command.mjs
//
// Node spends about a millisecond on each file that it loads, which the library does not mind and the command does: a
// bundle halves the time from the start of Node to the first key. Every subcommand stays a file of its own, and
// the library one that is loaded when a store is opened.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { root } from './environment.mjs'

const isCommander = (path) => path.includes(join('node_modules', 'commander'))
const licence = `/*! commander\n\n${readFileSync(join(root, 'node_modules', 'commander', 'LICENSE'), 'utf8')}*/`
const folder = join(root, 'dist', 'cli')
const bundle = await rolldown({
  input: { main: join(folder, 'main.js'), 'man-page': join(folder, 'man-page.js') },
  platform: 'node',
  // The addon is found by the package, and csv-parse is large and loaded by one command only.
  external: ['csv-parse', '#native'],
})
const { output } = await bundle.generate({ format: 'esm', chunkFileNames: '[name].js' })
rmSync(folder, { recursive: true })
mkdirSync(folder)
for (const { fileName, code, moduleIds } of output) {
  writeFileSync(join(folder, fileName), moduleIds.some(isCommander) ? `${licence}\n${code}` : code)
}
await bundle.close()
