import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { configureCommand } from './commands/index.js'
import { remotesOf } from './name-hints.js'
import type { Session } from './session.js'
import { toText } from './text.js'
import { type GivenOption, splitWords } from './words.js'

/** What a word of a command's arguments can be. */
type Kind = 'branch' | 'command' | 'key' | 'remote' | 'revision' | 'tag' | 'worktree'

/** What the arguments of commands are, in their order; the last one stands for all that follow. */
const ARGUMENTS: Readonly<Record<string, readonly (Kind | undefined)[]>> = {
  branch: ['branch', 'revision'],
  checkout: ['revision', undefined],
  'cherry-pick': ['revision', undefined],
  conflicts: ['key', undefined],
  delete: ['key'],
  diff: ['revision'],
  get: ['key', undefined],
  help: ['command', undefined],
  history: ['key', 'revision', undefined],
  'keys-at': ['revision', 'key', undefined],
  list: ['key', undefined],
  log: ['revision'],
  merge: ['revision', undefined],
  prove: ['key'],
  pull: ['remote', 'branch', undefined],
  push: ['remote', 'branch', undefined],
  reflog: ['branch', undefined],
  reset: ['revision', undefined],
  resolve: ['key', undefined],
  revert: ['revision', undefined],
  set: ['key', undefined],
  show: ['revision', undefined],
  stats: ['revision', undefined],
  tag: [undefined, 'revision', undefined],
  verify: [undefined, 'key'],
  worktree: [undefined, 'worktree', 'revision', undefined],
}

/** So many keys are offered. */
const KEYS_MAX = 100

/** What a shell would take for something else, were it inserted as it is. */
const SPECIAL = /[\s"'`$\\!&|;<>()*?[\]{}#~]/

/**
 * What a word on the command line can be completed to.
 *
 * @param typed The words after the program's name; the last one is being typed and may be empty.
 */
export async function candidates(
  typed: readonly string[],
  program: CommandUnknownOpts,
  session: Session,
): Promise<string[]> {
  const last = typed.at(-1) ?? ''
  const before = typed.slice(0, -1)
  // "--format=j" is "--format j", and so are the answers.
  const [, option, value] = /^(--[^=]+)=(.*)$/.exec(last) ?? []
  if (option !== undefined && value !== undefined && !before.includes('--')) {
    const all = await offered([...before, option], value, program, session)
    return matching(all, value).map((candidate) => `${option}=${candidate}`)
  }
  return matching(await offered(before, last, program, session), last)
}

function matching(all: readonly string[], word: string): string[] {
  return all.filter((candidate) => candidate.startsWith(word)).toSorted()
}

async function offered(
  before: readonly string[],
  word: string,
  program: CommandUnknownOpts,
  session: Session,
): Promise<string[]> {
  const global = splitWords(before, program.options, true)
  // What is offered is of the store that the command would work on.
  const given = (name: string) => global.options.filter(([option]) => option === name)
  session.configure({
    ...session.options,
    C: given('-C').map(([, directory]) => directory),
    gitDir: given('--git-dir').at(-1)?.[1],
  })
  if (global.open !== undefined) return choicesOf(program, global.open)
  const [name, ...rest] = global.operands
  const commands = program.commands.map((one) => one.name())
  if (name === undefined) return word.startsWith('-') ? optionNames(program) : commands
  const command = program.commands.find((one) => one.name() === name)
  if (command === undefined) return []
  // The command `completion` itself is configured already.
  if (command.registeredArguments.length + command.options.length === 0)
    await configureCommand(command, session)
  const { operands, options, open, ended } = splitWords(rest, command.options)
  if (open === '--at') return names('revision', '', session, options)
  if (open === '--namespace') return namespaces(session)
  if (open === '--table') return tables(session)
  if (open !== undefined) return choicesOf(command, open)
  if (word.startsWith('-') && !ended) return optionNames(command)
  const choices = command.registeredArguments[operands.length]?.argChoices
  // "words" is for the scripts that ask here.
  if (choices) return choices.filter((choice) => choice !== 'words')
  // After "--" a log has keys.
  const kind = name === 'log' && ended ? 'key' : kindOf(name, operands, options)
  return kind === 'command' ? commands : names(kind, word, session, options)
}

function kindOf(
  name: string,
  operands: readonly string[],
  options: readonly GivenOption[],
): Kind | undefined {
  const has = (...flags: string[]): boolean => options.some(([option]) => flags.includes(option))
  if (name === 'tag' && has('-d', '--delete')) return 'tag'
  if (name === 'branch' && has('-d', '--delete', '-D', '--force-delete', '-m', '--move')) return 'branch'
  // A new worktree has a new folder.
  if (name === 'worktree' && operands.length === 1 && operands[0] === 'add') return undefined
  const kinds = ARGUMENTS[name] ?? []
  return kinds[Math.min(operands.length, kinds.length - 1)]
}

function optionNames(command: CommandUnknownOpts): string[] {
  return ['--help', ...command.options.flatMap(({ long, short }) => long ?? short ?? [])]
}

function choicesOf(command: CommandUnknownOpts, name: string): string[] {
  return [...(command.options.find(({ short, long }) => name === (long ?? short))?.argChoices ?? [])]
}

/** Nothing where there is no store, or where it cannot be read: completion must not print. */
async function quietly(find: () => string[] | Promise<string[]>): Promise<string[]> {
  try {
    return await find()
  } catch {
    return []
  }
}

/** Names of a kind in the store at hand. */
function names(
  kind: Exclude<Kind, 'command'> | undefined,
  word: string,
  session: Session,
  options: readonly GivenOption[],
): Promise<string[]> {
  return quietly(async () => {
    if (kind === undefined) return []
    if (kind === 'key') return keys(word, options, session)
    const store = await session.store()
    if (kind === 'remote') return remotesOf(store.gitDir, session)
    if (kind === 'worktree') return (await store.worktrees.list()).flatMap(({ name }) => name ?? [])
    const branches = kind === 'tag' ? [] : await store.branches()
    const tags = kind === 'branch' ? [] : await store.tags()
    return [...branches, ...tags].map(({ name }) => name)
  })
}

function namespaces(session: Session): Promise<string[]> {
  return quietly(async () => (await (await session.store()).namespaces()).map(({ name }) => name))
}

function tables(session: Session): Promise<string[]> {
  return quietly(async () => {
    const { ProllySqlStore } = await session.library()
    await using db = ProllySqlStore.over(await session.store())
    return db.query<{ TABLE_NAME: string }>('SELECT TABLE_NAME FROM GLUE_TABLES').map((row) => row.TABLE_NAME)
  })
}

/** The first keys that begin with what is typed, of those that can be inserted as they are. */
async function keys(typed: string, options: readonly GivenOption[], session: Session): Promise<string[]> {
  const valueOf = (name: string) => options.findLast(([option]) => option === name)?.[1]
  const map = await session.readable({ namespace: valueOf('--namespace'), at: valueOf('--at') })
  const found: string[] = []
  for (const key of map.keys({ prefix: Buffer.from(typed), limit: KEYS_MAX })) {
    const text = key.toString('utf8')
    if (toText(key) === text && !SPECIAL.test(text)) found.push(text)
  }
  return found
}
