import { negative, usageError } from '../errors.js'
import { flags } from '../options.js'
import { fromArgument, toText } from '../text.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[keys...]', 'the keys')
    .option('--prefix <prefix>', 'every key that begins with this')
    .option('--ignore-missing', 'do not mind keys that are not there')
    .option(...flags.hex)
    .option(...flags.base64)
    .option(...flags.namespace)
    .addHelpText(
      'after',
      `
When one of the keys is not there, nothing is deleted and the exit code is 1.

Examples:
  $ git-prolly delete user:1 user:2
  $ git-prolly delete --prefix session:`,
    )
    .action(async (keys, options) => {
      if (keys.length === 0 && options.prefix === undefined)
        throw usageError('give the keys to delete, or --prefix')
      const given = keys.map((key) => fromArgument(key, options))
      const prefix = options.prefix === undefined ? undefined : fromArgument(options.prefix, options)
      const map = await session.writable(options.namespace)
      const missing = given.find((key) => !map.has(key))
      if (missing !== undefined && !options.ignoreMissing) {
        throw negative(
          `there is no key ${toText(missing)}: nothing was deleted`,
          'use --ignore-missing to go on',
        )
      }
      for (const key of given) map.delete(key)
      if (prefix !== undefined) map.deleteRange({ prefix })
    })
}
