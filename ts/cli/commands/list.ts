import { usageError } from '../errors.js'
import { flags, formatOption, rangeFlags, rangeOf, wholeNumber } from '../options.js'
import { toJsonBytes, toText } from '../text.js'
import type { Session } from '../session.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[prefix]', 'only keys that begin with this')
    .option(...flags.at)
    .option(...flags.namespace)
    .option('--keys', 'only keys')
    .option('--values', 'only values')
    .option(...rangeFlags.gt)
    .option(...rangeFlags.gte)
    .option(...rangeFlags.lt)
    .option(...rangeFlags.lte)
    .option('--reverse', 'from the last key to the first')
    .option('-n, --limit <number>', 'at most so many', wholeNumber(0))
    .option('--count', 'only print how many there are')
    .option('--namespaces', 'list the names of the namespaces instead')
    .option(...flags.hex)
    .option(...flags.base64)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Prints key, tab, value. What is not printable UTF-8 stands in double quotes with C escapes.

Examples:
  $ git-prolly list user:
  $ git-prolly list --gte 2026-01 --lt 2026-02 --format json
  $ git-prolly list --count --at main~3`,
    )
    .action(async (prefix, options) => {
      if (options.keys && options.values) throw usageError('--keys and --values exclude each other')
      const json = options.format === 'json'
      if (options.namespaces) {
        await listNamespaces(session, options.at, json)
        return
      }
      const range = rangeOf({ ...options, prefix })
      const map = await session.readable(options)
      if (options.count) {
        const count = Math.min(map.count(range), options.limit ?? Infinity)
        session.output.line(json ? JSON.stringify({ count }) : String(count))
        return
      }
      const walk = {
        ...range,
        ...(options.reverse && { reverse: true }),
        ...(options.limit !== undefined && { limit: options.limit }),
      }
      await session.page()
      const { output } = session
      if (options.keys) {
        for (const key of map.keys(walk)) {
          output.line(json ? JSON.stringify({ key: toJsonBytes(key) }) : toText(key))
          if (output.isFull) await output.drained()
        }
        return
      }
      for (const [key, value] of map.entries(walk)) {
        if (json) {
          output.line(
            JSON.stringify(
              options.values
                ? { value: toJsonBytes(value) }
                : { key: toJsonBytes(key), value: toJsonBytes(value) },
            ),
          )
        } else output.line(options.values ? toText(value) : `${toText(key)}\t${toText(value)}`)
        if (output.isFull) await output.drained()
      }
    })
}

async function listNamespaces(session: Session, at: string | undefined, json: boolean): Promise<void> {
  const version = await session.version(at)
  for (const { name, entries } of await version.namespaces()) {
    session.output.line(json ? JSON.stringify({ namespace: name, entries }) : toText(Buffer.from(name)))
  }
}
