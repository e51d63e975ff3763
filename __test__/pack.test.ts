import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'prollytree-installed-'))
const bin = join(folder, 'node_modules', '.bin')

/** Node.js, Git and a shell, and no Rust. */
const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin']
const environment = { ...process.env, PATH: path.join(delimiter), HOME: folder }

/** Runs a program in the folder that the package is installed in. */
function run(program: string, args: string[], env: NodeJS.ProcessEnv = environment): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' })
  if (error) throw error
  expect({ program, args, status, stderr: status === 0 ? '' : `${stdout}${stderr}` }).toMatchObject({
    status: 0,
    stderr: '',
  })
  return stdout
}

// Every step builds on the one before it.
describe('the packed package', () => {
  beforeAll(() => {
    return () => rmSync(folder, { recursive: true, force: true })
  })

  it('installs into an empty folder, without Rust and without scripts', () => {
    expect(path.filter((part) => existsSync(join(part, 'cargo')) || existsSync(join(part, 'rustc')))).toEqual(
      [],
    )
    run(process.execPath, [join(root, 'scripts', 'pack.mjs'), join(folder, 'packed')], process.env)
    const packed = readdirSync(join(folder, 'packed')).toSorted()
    expect(packed).toEqual([
      expect.stringMatching(/^prollytree-\d.*\.tgz$/),
      expect.stringMatching(/^prollytree-linux-x64-gnu-\d.*\.tgz$/),
    ])
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    // Whoever runs the tests may have npm settings of their own, such as the registry to use.
    const env = { ...environment, HOME: process.env.HOME }
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
    run('npm', ['install', ...flags, ...packed.map((name) => `./packed/${name}`)], env)
    expect(
      existsSync(join(folder, 'node_modules', 'prollytree-linux-x64-gnu', 'prolly.linux-x64-gnu.node')),
    ).toBe(true)
    expect(existsSync(join(folder, 'node_modules', 'prollytree', 'crates'))).toBe(false)
  })

  const use = `
    const store = await VersionedKvStore.memory()
    store.insert('key', 'value')
    const id = await store.commit('Begin')
    process.stdout.write(store.get('key') + ' ' + id.length)
    await store.close()`

  it('is imported', () => {
    writeFileSync(join(folder, 'import.mjs'), `import { VersionedKvStore } from 'prollytree'\n${use}`)
    expect(run(process.execPath, ['import.mjs'])).toBe('value 40')
  })

  it('brings the checks of storages', () => {
    writeFileSync(
      join(folder, 'testing.mjs'),
      `import { InMemoryNodeStorage } from 'prollytree'
      import { checkStorageConformance } from 'prollytree/testing'
      await checkStorageConformance(() => new InMemoryNodeStorage(), { persistent: false })
      process.stdout.write('conforming')`,
    )
    expect(run(process.execPath, ['testing.mjs'])).toBe('conforming')
  })

  it('is required', () => {
    writeFileSync(
      join(folder, 'require.cjs'),
      `const { VersionedKvStore } = require('prollytree')\nvoid (async () => {${use}\n})()`,
    )
    expect(run(process.execPath, ['require.cjs'])).toBe('value 40')
  })

  it('has types, which do not lean on those of the addon', () => {
    writeFileSync(
      join(folder, 'types.ts'),
      `import { CustomNodeStorage, json, ProllyError, VersionedKvStore, type StoredNode } from 'prollytree'
      import { checkStorageConformance } from 'prollytree/testing'
      class Mine extends CustomNodeStorage {
        nodes = new Map<string, Uint8Array>()
        get(address: string) { return this.nodes.get(address) }
        async put(nodes: readonly StoredNode[]) { for (const node of nodes) this.nodes.set(node.address, node.bytes) }
        delete(addresses: readonly string[]) { for (const address of addresses) this.nodes.delete(address) }
      }
      await checkStorageConformance(() => new Mine(), { persistent: false })
      const store = await VersionedKvStore.memory({ valueEncoding: json<{ name: string }>() })
      const name: string | undefined = store.get('key')?.name
      for await (const change of store.diff()) if (change.type === 'added') console.log(change.newValue.name, name)
      // @ts-expect-error keys are text
      store.get(1)
      export const codes = (error: ProllyError) => error.code`,
    )
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }))
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'])
    const dist = join(folder, 'node_modules', 'prollytree', 'dist')
    const modules = readFileSync(join(dist, 'index.d.ts'), 'utf8').matchAll(/ from '\.\/(.*)\.js'/g)
    for (const [, module] of modules) {
      expect({ module, text: readFileSync(join(dist, `${module}.d.ts`), 'utf8') }).toEqual({
        module,
        text: expect.not.stringContaining('Native'),
      })
    }
  })

  it('brings the command, which Git finds too', () => {
    const command = join(bin, 'git-prolly')
    const data = join(folder, 'data')
    mkdirSync(data)
    run(command, ['-C', data, 'init'])
    run(command, ['-C', data, 'set', 'key', 'value'])
    run(command, ['-C', data, 'commit', '-m', 'Begin'])
    const env = { ...environment, PATH: [bin, environment.PATH].join(delimiter) }
    expect(run('git', ['-C', data, 'prolly', 'get', 'key'], env).trim()).toBe('value')
    expect(run('git', ['-C', data, 'log', '--format=%s']).trim()).toBe('Begin')
  })

  it('brings the manual page where Git looks for it, when it is installed for all', () => {
    const prefix = join(folder, 'global')
    const packed = readdirSync(join(folder, 'packed')).map((name) => join(folder, 'packed', name))
    const env = { ...environment, HOME: process.env.HOME }
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
    run('npm', ['install', '-g', '--prefix', prefix, ...flags, ...packed], env)
    // Programs in "bin" have their pages in "share/man" beside it.
    const page = readFileSync(join(prefix, 'share', 'man', 'man1', 'git-prolly.1'), 'utf8')
    expect(page).toBe(readFileSync(join(root, 'man', 'git-prolly.1'), 'utf8'))
    const asked = run('git', ['-c', 'man.viewer=show', '-c', 'man.show.cmd=echo', 'prolly', '--help'], {
      ...environment,
      PATH: [join(prefix, 'bin'), environment.PATH].join(delimiter),
    })
    expect(asked).toBe('git-prolly\n')
  })

  it('says why when its binary package is missing', () => {
    rmSync(join(folder, 'node_modules', 'prollytree-linux-x64-gnu'), { recursive: true })
    writeFileSync(
      join(folder, 'missing.mjs'),
      `import { VersionedKvStore } from 'prollytree'
      await VersionedKvStore.memory().catch((error) => process.stdout.write(error.code + ' ' + error.message))`,
    )
    expect(run(process.execPath, ['missing.mjs'])).toMatch(
      /^PROLLY_NATIVE_MISSING the native part of prollytree for linux-x64 could not be loaded: Cannot find module/,
    )
  })
})
