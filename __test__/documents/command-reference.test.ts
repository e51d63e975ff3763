import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { COMMANDS, configureCommand } from '../../ts/cli/commands/index.js'
import { manPage } from '../../ts/cli/man-page.js'
import { buildProgram } from '../../ts/cli/program.js'
import { Session } from '../../ts/cli/session.js'
import { ERROR_CODES } from '../../ts/errors/codes.js'
import { context } from '../cli/support/in-process.js'
import { read } from './code-blocks.js'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'

const reference = read('docs/cli.md')

/** A section of the reference, by its heading. */
function section(heading: string): string {
  const [, text = ''] = new RegExp(`^#+ ${heading}\\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(reference) ?? []
  return text
}

/** The options that a section's table has: all that stands in backquotes in its first column. */
function documented(text: string): string[] {
  const cells = Array.from(text.matchAll(/^\| (`-.*?) \|/gm), ([, cell = '']) => cell)
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, flags = '']) => flags))
}

async function configured(name: string): Promise<CommandUnknownOpts> {
  const session = new Session(context())
  const program = buildProgram(session) as unknown as CommandUnknownOpts
  const command = program.commands.find((candidate) => candidate.name() === name)
  if (command === undefined) throw new Error(`there is no command ${name}`)
  await configureCommand(command, session)
  return command
}

describe('docs/cli.md', () => {
  it.each(COMMANDS.map(({ name }) => name))('says of %s what its help says', async (name) => {
    const command = await configured(name)
    const text = section(name)
    expect(documented(text).toSorted()).toEqual(command.options.map(({ flags }) => flags).toSorted())
    const usage = command.usage().replace('[options] ', command.options.length === 0 ? '' : '[options] ')
    expect(text).toContain(`\`git-prolly ${name} ${name === 'completion' ? '<shell>' : usage}`.trimEnd())
    for (const option of command.options) {
      for (const choice of option.argChoices ?? []) expect(text).toContain(`\`${choice}\``)
    }
  })

  it('has the global options', () => {
    const program = buildProgram(new Session(context()))
    const flags = [...program.options.map((option) => option.flags), '-h, --help']
    expect(documented(section('What holds for all commands')).toSorted()).toEqual(flags.toSorted())
  })

  it('has every error code', () => {
    const codes = Array.from(section('Errors').matchAll(/^\| (`PROLLY_.*?) \|/gm), ([, cell = '']) => cell)
    const named = codes.flatMap((cell) => cell.split(', ').map((code) => code.replaceAll('`', '')))
    expect(named.toSorted()).toEqual([...ERROR_CODES].toSorted())
    for (const line of section('Errors').match(/^\| `PROLLY_.*$/gm) ?? [])
      expect(line, 'code, meaning, what to do').toMatch(/^\| `[^|]+ \| [^|]{5,} \| [^|]{5,} \|$/)
  })
})

describe('man/git-prolly.1', () => {
  it('is what "npm run docs:man" writes', async () => {
    expect(read('man/git-prolly.1')).toBe(await manPage(context()))
  })

  it('has only ASCII, so that any terminal shows it', () => {
    const page = Buffer.from(read('man/git-prolly.1'))
    expect(page.every((byte) => byte < 0x80)).toBe(true)
  })
})
