import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { configureCommand } from './commands/index.js'
import type { Session } from './session.js'
import { toText } from './text.js'

/** Commands whose arguments are branches. */
const TAKES_BRANCHES: ReadonlySet<string> = new Set([
  'branch',
  'checkout',
  'cherry-pick',
  'diff',
  'keys-at',
  'log',
  'merge',
  'push',
  'reset',
  'revert',
  'show',
  'stats',
  'tag',
])

/** Commands whose arguments are keys, and how many of them are. */
const TAKES_KEYS: ReadonlyMap<string, number> = new Map([
  ['conflicts', 1],
  ['delete', Infinity],
  ['get', 1],
  ['history', 1],
  ['list', 1],
  ['prove', Infinity],
  ['resolve', 1],
  ['set', 1],
])

/** So many keys are offered. */
const KEYS_MAX = 100

/** What a shell would take for something else, were it inserted as it is. */
const SPECIAL = /[\s"'`$\\!&|;<>()*?[\]{}#~]/

/**
 * What a word on the command line can be completed to.
 *
 * @param words The words after the program's name; the last one is being typed and may be empty.
 */
export async function candidates(
  words: readonly string[],
  commands: readonly CommandUnknownOpts[],
  session: Session,
): Promise<string[]> {
  const typed = words.at(-1) ?? ''
  const name = words[0] ?? ''
  let all: string[] = []
  if (words.length <= 1) {
    all = commands.map((command) => command.name())
  } else if (typed.startsWith('-')) {
    all = await optionNames(
      commands.find((command) => command.name() === name),
      session,
    )
  } else if (TAKES_BRANCHES.has(name)) {
    all = await branchNames(session)
  } else if (isKey(words)) {
    all = await keys(typed, words, session)
  }
  return all.filter((candidate) => candidate.startsWith(typed)).toSorted()
}

async function optionNames(command: CommandUnknownOpts | undefined, session: Session): Promise<string[]> {
  if (command === undefined) return []
  // The command `completion` itself is configured already.
  if (command.options.length === 0 && command.name() !== 'completion')
    await configureCommand(command, session)
  return ['--help', ...command.options.flatMap((option) => option.long ?? [])]
}

async function branchNames(session: Session): Promise<string[]> {
  try {
    const branches = await (await session.store()).branches()
    return branches.map(({ name }) => name)
  } catch {
    // Completion outside a store has nothing to offer, and must not print.
    return []
  }
}

/** Whether the word being typed is a key. */
function isKey([name = '', ...words]: readonly string[]): boolean {
  // What follows an option may be its value.
  const before = words.slice(0, -1).filter((word, index) => !isOption(word) && !isOption(words[index - 1]))
  return before.length < (TAKES_KEYS.get(name) ?? 0) && !isOption(words.at(-2))
}

function isOption(word: string | undefined): boolean {
  return word?.startsWith('-') ?? false
}

/** The first keys that begin with what is typed, of those that can be inserted as they are. */
async function keys(typed: string, words: readonly string[], session: Session): Promise<string[]> {
  try {
    const at = words.indexOf('--namespace')
    const namespace = at < 0 ? undefined : words[at + 1]
    const map = await session.readable({ namespace })
    const found: string[] = []
    for (const key of map.keys({ prefix: Buffer.from(typed), limit: KEYS_MAX })) {
      const text = key.toString('utf8')
      if (toText(key) === text && !SPECIAL.test(text)) found.push(text)
    }
    return found
  } catch {
    return []
  }
}
