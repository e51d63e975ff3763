import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../ts/cli/commands/index.js'
import { cli } from './support/in-process.js'

const names = COMMANDS.map(({ name }) => name)

describe('help', () => {
  it('lists every command', async () => {
    for (const args of [['--help'], ['-h'], ['help']]) {
      const { code, stdout, stderr } = await cli(args)
      expect([code, stderr]).toEqual([0, ''])
      for (const { name, summary } of COMMANDS)
        expect(stdout).toMatch(new RegExp(`^  ${name}( \\[command\\])? +${summary}$`, 'm'))
    }
  })

  it.each(names)('explains %s', async (name) => {
    const asked = await cli(['help', name])
    expect(asked.stdout).toContain(`Usage: git-prolly ${name}`)
    expect(asked.stdout).not.toContain('undefined')
    for (const option of ['--help', '-h']) expect(await cli([name, option])).toEqual(asked)
  })

  it('knows misspelt commands', async () => {
    const { code, stdout, stderr } = await cli(['help', 'comit'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe('error: there is no command "comit"\nhint: did you mean "commit"?\n')
  })

  it('gives the version', async () => {
    for (const option of ['--version', '-v']) {
      expect(await cli([option])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      })
    }
  })
})

describe('wrong usage ends with 2, on standard error', () => {
  it.each([
    [[], /^Usage: git-prolly/],
    [['comit'], /^error: unknown command 'comit'\n\(Did you mean commit\?\)/],
    [['get'], /^error: missing required argument 'key'\nhint: "git-prolly help get" shows how it is used\n$/],
    [['get', 'a', 'b'], /^error: too many arguments/],
    [['list', '--lmit', '1'], /^error: unknown option '--lmit'\n\(Did you mean --limit\?\)/],
    [
      ['list', '--format', 'yaml'],
      /^error: option '--format <format>' argument 'yaml' is invalid. Allowed choices are text, json/,
    ],
    [['--color', 'blue', 'list'], /^error: option '--color <when>' argument 'blue' is invalid/],
    [['import', '--key', 'a,', 'x'], /^error: --key "a," has an empty field name\n$/],
    [['completion', 'powershell'], /^error: command-argument value 'powershell' is invalid/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await cli(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })
})

describe('completion', () => {
  const words = async (...typed: string[]) =>
    (await cli(['completion', 'words', '--', ...typed])).stdout.split('\n').slice(0, -1)

  it('offers commands and options', async () => {
    expect(await words('')).toEqual(names.toSorted())
    expect(await words('co')).toEqual(['commit', 'completion', 'conflicts'])
    expect(await words('merge', '--')).toContain('--strategy')
    expect(await words('merge', '--st')).toEqual(['--strategy'])
    expect(await words('nonsense', '')).toEqual([])
  })

  it('offers nothing where there is no store', async () => {
    const { code, stdout, stderr } = await cli(['completion', 'words', '--', 'checkout', ''], { cwd: '/' })
    expect([code, stdout, stderr]).toEqual([0, '', ''])
  })

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { code, stdout } = await cli(['completion', shell])
    expect(code).toBe(0)
    expect(stdout).toContain('git-prolly completion words --')
  })
})

it('prints the stack of an error when asked to', async () => {
  const elsewhere = { cwd: '/' }
  expect((await cli(['list'], elsewhere)).stderr).not.toMatch(/^ {4}at /m)
  expect((await cli(['--debug', 'list'], elsewhere)).stderr).toMatch(/^ {4}at /m)
  expect((await cli(['list'], { ...elsewhere, env: { PROLLY_DEBUG: '1' } })).stderr).toMatch(/^ {4}at /m)
})
