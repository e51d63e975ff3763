// Builds the addon into native/: node scripts/build-native.mjs [--release] [--features name,name]
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { profile, root, run, rustEnvironment, tool } from './environment.mjs'

const { values: options } = parseArgs({
  options: { release: { type: 'boolean', default: false }, features: { type: 'string' } },
})

const folder = join(root, 'native')
mkdirSync(folder, { recursive: true })
// When the build fails, nothing must be left that tests could pass on.
for (const name of readdirSync(folder)) {
  if (name.endsWith('.node')) rmSync(join(folder, name))
}

const args = ['build', '--platform', '--package', 'prolly-node', '--output-dir', 'native']
args.push('--js', 'binding.cjs', '--dts', 'binding.d.ts')
if (options.release) args.push('--release')
else args.push('--profile', profile)
if (options.features) args.push('--features', options.features)
run(tool('napi'), args, rustEnvironment())
