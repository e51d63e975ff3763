import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../cli/support/folder.js'
import { installed, shell } from '../cli/support/spawned.js'
import { codeBlocks } from './code-blocks.js'

/** A command as a document shows it, and what the document says it prints. */
interface Step {
  readonly command: string
  readonly expected: string[]
}

/** Lines that begin with `$ ` are commands, those between them are what is printed. */
function stepsOf(block: string): Step[] {
  const steps: Step[] = []
  for (const line of block.trimEnd().split('\n')) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [] })
    else steps.at(-1)?.expected.push(line)
  }
  return steps
}

const MARK = '\u0001'

/** Runs all commands in one shell, so that `cd` lasts; gives what each printed, on both streams. */
function printed(steps: readonly Step[]): string[] {
  const folder = temporaryFolder()
  const script = steps.map(({ command }) => `printf '${MARK}'\n${command}`).join('\n')
  const env = { ...installed(folder), HOME: folder }
  const { stdout } = shell(`exec 2>&1\n${script}`, folder, env)
  return stdout.split(MARK).slice(1)
}

/** A line of a document as a pattern: `…` stands for anything, and ids and hashes differ from run to run. */
function pattern(line: string): RegExp {
  const escaped = line.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('…', '.*').replaceAll(/\b[0-9a-f]{10}\b/g, '[0-9a-f]{10}')}$`)
}

describe.each(['README.md', 'docs/cli.md', 'docs/getting-started.md', 'docs/guide.md'])('%s', (path) => {
  const steps = codeBlocks(path, 'console').flatMap(stepsOf)
  // One session from the first block to the last, as a reader types it.
  const outputs = { all: [] as string[] }

  it('has commands that run', { timeout: 120_000 }, () => {
    outputs.all = printed(steps)
    expect(outputs.all).toHaveLength(steps.length)
  })

  it.each(steps.map(({ command, expected }, index) => [command, expected, index] as const))(
    '$ %s',
    (_, expected, index) => {
      const lines = (outputs.all[index] ?? 'the command was not reached').split('\n').slice(0, -1)
      expect(lines.join('\n')).toSatisfy(
        () =>
          lines.length === expected.length &&
          expected.every((line, at) => pattern(line).test(lines[at] ?? '')),
        `should print ${JSON.stringify(expected)}`,
      )
    },
  )
})
