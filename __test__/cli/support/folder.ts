import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Outcome, type RunOptions, cli, ok } from './in-process.js'

/** A new folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'prollytree-cli-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A store in a folder of its own, and commands in it. */
export class Shop {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** An empty store on the branch `main`. */
  static async open(folder = temporaryFolder(), ...options: string[]): Promise<Shop> {
    await ok(['init', '-q', '-b', 'main', ...options, folder])
    return new Shop(folder)
  }

  /** Commands in a store that is there. */
  static at(folder: string): Shop {
    return new Shop(folder)
  }

  /** Runs a command that may fail. */
  try(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return cli(args, { cwd: this.folder, ...options })
  }

  /** Runs a command that must succeed; gives its standard output. */
  run(...args: string[]): Promise<string> {
    return ok(args, { cwd: this.folder })
  }

  /** Runs a command with standard input. */
  feed(stdin: string | Uint8Array, ...args: string[]): Promise<string> {
    return ok(args, { cwd: this.folder, stdin })
  }

  /** Sets keys and commits them. */
  async commit(entries: Record<string, string>, message = 'Change'): Promise<void> {
    for (const [key, value] of Object.entries(entries)) await this.run('set', key, value)
    await this.run('commit', '-q', '-m', message)
  }

  /** The root hash of the last commit. */
  async root(): Promise<string> {
    const [line = ''] = (await this.run('log', '-n', '1', '--format', 'json')).split('\n')
    return (JSON.parse(line) as { rootHash: string }).rootHash
  }
}

/** The objects of NDJSON. */
export function objects(ndjson: string): unknown[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}
