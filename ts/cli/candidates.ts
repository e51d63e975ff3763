import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { configureCommand } from './commands/index.js'
import type { Session } from './session.js'

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
