import type { Command } from '@commander-js/extra-typings'
import { usageError } from './errors.js'

/** The strategies, as they are spelled on the command line and in the library. */
const STRATEGIES = {
  'ignore-all': 'ignoreAll',
  'take-source': 'takeSource',
  'take-destination': 'takeDestination',
} as const

export type Strategy = (typeof STRATEGIES)[keyof typeof STRATEGIES]

/** `--strategy <name>`. */
export function strategyOption(command: Command) {
  return command
    .createOption('-s, --strategy <name>', 'what settles conflicts')
    .choices(Object.keys(STRATEGIES))
    .argParser(parseStrategy)
}

function parseStrategy(text: string): Strategy {
  for (const [spelling, strategy] of Object.entries(STRATEGIES)) {
    if (text === spelling || text === strategy) return strategy
  }
  throw usageError(`there is no strategy "${text}"`, `choose one of ${Object.keys(STRATEGIES).join(', ')}`)
}
