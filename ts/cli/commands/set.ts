import { usageError } from '../errors.js'
import { readValue } from '../input.js'
import { flags } from '../options.js'
import { fromArgument } from '../text.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<key>', 'the key')
    .argument('[value]', 'the value')
    .option('--file <path>', 'read the value from a file, "-" for standard input, byte for byte')
    .option(...flags.hex)
    .option(...flags.base64)
    .option(...flags.namespace)
    .addHelpText(
      'after',
      `
Examples:
  $ git-prolly set user:1 Ada
  $ git-prolly set logo --file logo.png
  $ git-prolly set --hex 00ff 0102`,
    )
    .action(async (key, value, options) => {
      if ((value === undefined) === (options.file === undefined)) {
        throw usageError('give either a value or --file')
      }
      const keyBytes = fromArgument(key, options)
      const bytes =
        options.file === undefined
          ? fromArgument(value ?? '', options)
          : await readValue(options.file, session)
      const map = await session.writable(options.namespace)
      map.insert(keyBytes, bytes)
    })
}
