import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../cli/support/folder.js'
import { environment } from '../cli/support/in-process.js'
import { codeBlocks, root } from './code-blocks.js'

const DOCUMENTS = [
  'README.md',
  'docs/getting-started.md',
  'docs/merging.md',
  'docs/proofs.md',
  'docs/sql.md',
  'docs/storages.md',
]

/** The TypeScript blocks of a document as one module, as a reader types them one after the other. */
function moduleOf(path: string): string {
  return ["import assert from 'node:assert/strict'", ...codeBlocks(path, 'ts')].join('\n')
}

/** The compiler options of the package. */
function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object }
  }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  return { ...options, noEmit: true, rootDir: root, noUnusedLocals: false }
}

/** What the compiler says about modules that exist only in memory, in the root folder of the package. */
function diagnostics(modules: ReadonlyMap<string, string>): string {
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const { readFile, fileExists } = host
  host.readFile = (path) => modules.get(path) ?? readFile.call(host, path)
  host.fileExists = (path) => modules.has(path) || fileExists.call(host, path)
  const program = ts.createProgram([...modules.keys()], options, host)
  const found = [...modules.keys()].flatMap((path) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(path)),
  )
  return ts.formatDiagnostics(found, host)
}

describe('TypeScript in the documents', () => {
  it('has the right types', { timeout: 60_000 }, () => {
    const modules = DOCUMENTS.map((path): [string, string] => [
      join(root, `${path.replaceAll(/\W/g, '-')}.ts`),
      moduleOf(path),
    ])
    expect(diagnostics(new Map(modules))).toBe('')
  })

  it.each(DOCUMENTS)('of %s runs', { timeout: 60_000 }, (path) => {
    const folder = temporaryFolder()
    const { outputText } = ts.transpileModule(moduleOf(path), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    })
    const module = (name: string) => JSON.stringify(pathToFileURL(join(root, 'dist', name)).href)
    const file = join(folder, 'document.mjs')
    const text = outputText
      .replaceAll("from 'prollytree'", `from ${module('index.js')}`)
      .replaceAll("from 'prollytree/testing'", `from ${module('testing/index.js')}`)
    writeFileSync(file, text)
    const { status, stderr } = spawnSync(process.execPath, [file], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
