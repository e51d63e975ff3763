import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from './helpers/temporary.js'

const ts = fileURLToPath(new URL('../ts', import.meta.url))

interface Example {
  /** The file that it is in, and its number there. */
  readonly name: string
  readonly code: string
}

/** The examples in the doc comments of one file. */
function examplesIn(path: string): Example[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/@example\n\s*\* ```ts\n([\s\S]*?)\n\s*\* ```/g)].map((match, index) => ({
    name: `${relative(ts, path)}, ${index + 1}`,
    code: (match[1] ?? '').replaceAll(/^\s*\* ?/gm, ''),
  }))
}

const files = readdirSync(ts, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('cli'))
  .map((entry) => join(entry.parentPath, entry.name))
const examples = files.flatMap(examplesIn)

// Beside this file, so that imports resolve as they do in tests.
const scratch = fileURLToPath(new URL('.examples', import.meta.url))

beforeAll(() => {
  mkdirSync(scratch, { recursive: true })
  for (const { name, code } of examples) writeFileSync(pathOf(name), moduleOf(code))
  const config = {
    extends: '../../tsconfig.test.json',
    compilerOptions: {
      rootDir: '../..',
      noUnusedLocals: false,
      paths: { prollytree: ['../../ts/index.ts'], 'prollytree/testing': ['../../ts/testing/index.ts'] },
    },
    include: ['.', '../../ts/globals.d.ts'],
  }
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config))
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function pathOf(name: string): string {
  return join(scratch, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.ts`)
}

/** An example as a module with one function; what it imports stays outside. */
function moduleOf(code: string): string {
  const lines = code.split('\n')
  return [
    "import assert from 'node:assert/strict'",
    ...lines.filter((line) => line.startsWith('import ')),
    'export async function example(folder: string): Promise<void> {',
    '  void [assert, folder]',
    ...lines.filter((line) => !line.startsWith('import ')),
    '}',
  ].join('\n')
}

describe('examples in doc comments', () => {
  it('are found', () => {
    expect(examples.length).toBeGreaterThan(30)
  })

  it('compile', () => {
    const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', scratch], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it.each(examples)('$name runs', async ({ name }) => {
    const { example } = (await import(pathOf(name))) as { example: (folder: string) => Promise<void> }
    await expect(example(temporaryFolder())).resolves.toBeUndefined()
  })
})
