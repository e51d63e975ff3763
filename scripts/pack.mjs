// Packs what is published: the package and its binary package for this platform, laid out as napi-rs does. Both builds
// must be there. node scripts/pack.mjs FOLDER
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fail, root, run, tool } from './environment.mjs'

const target = resolve(process.argv[2] ?? 'artifacts')
const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const binaries = readdirSync(join(root, 'native')).filter((name) => name.endsWith('.node'))
if (binaries.length === 0) fail('the native addon is not built: run npm run build:native')

// A copy, since the names of binary packages that are not published yet must not be in the checkout's package.json.
const stage = mkdtempSync(join(tmpdir(), 'prollytree-pack-'))
try {
  for (const name of ['package.json', 'README.md', 'LICENSE', ...files]) {
    if (!existsSync(join(root, name))) fail(`${name} is missing: run npm run build`)
    cpSync(join(root, name), join(stage, name), { recursive: true })
  }
  mkdirSync(join(stage, 'artifacts'))
  for (const name of binaries) cpSync(join(root, 'native', name), join(stage, 'artifacts', name))
  run(tool('napi'), ['create-npm-dirs', '--cwd', stage])
  run(tool('napi'), ['artifacts', '--cwd', stage])
  run(tool('napi'), [
    'pre-publish',
    '--cwd',
    stage,
    '-t',
    'npm',
    '--no-gh-release',
    '--skip-optional-publish',
  ])
  mkdirSync(target, { recursive: true })
  const packages = readdirSync(join(stage, 'npm')).map((name) => join(stage, 'npm', name))
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', target, stage, ...packages])
} finally {
  rmSync(stage, { recursive: true, force: true })
}
