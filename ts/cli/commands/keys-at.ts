import { flags, formatOption, rangeOf, wholeNumber } from '../options.js'
import { toJsonBytes, toText } from '../text.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<revision>', 'the version')
    .argument('[prefix]', 'only keys that begin with this')
    .option(...flags.namespace)
    .option('-n, --limit <number>', 'at most so many', wholeNumber(0))
    .option(...flags.hex)
    .option(...flags.base64)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Lists the keys that a version has, in order, whatever is checked out: the same as "list --keys --at".

Examples:
  $ git-prolly keys-at v1.0
  $ git-prolly keys-at main~3 user:`,
    )
    .action(async (at, prefix, options) => {
      const range = rangeOf({ ...options, prefix })
      const version = await session.readable({ at, namespace: options.namespace })
      await session.page()
      const { output } = session
      const limit = options.limit === undefined ? {} : { limit: options.limit }
      for (const key of version.keys({ ...range, ...limit })) {
        output.line(options.format === 'json' ? JSON.stringify({ key: toJsonBytes(key) }) : toText(key))
        if (output.isFull) await output.drained()
      }
    })
}
