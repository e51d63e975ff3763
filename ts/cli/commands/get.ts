import { negative } from '../errors.js'
import { flags, formatOption } from '../options.js'
import { fromArgument, toJsonBytes, toText } from '../text.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<key>', 'the key')
    .option(...flags.at)
    .option(...flags.namespace)
    .option(...flags.hex)
    .option(...flags.base64)
    .option('--raw', 'write the value without a line break after it')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Writes the value's bytes as they are, then a line break unless --raw is given. Exits with 1 when there is no such key.

Examples:
  $ git-prolly get user:1
  $ git-prolly get logo --raw > logo.png
  $ git-prolly get user:1 --at main~3`,
    )
    .action(async (key, options) => {
      const bytes = fromArgument(key, options)
      const map = await session.readable(options)
      const value = map.get(bytes)
      if (value === undefined) throw negative(`there is no key ${toText(bytes)}`)
      const { output } = session
      if (options.format === 'json') {
        output.line(JSON.stringify({ key: toJsonBytes(bytes), value: toJsonBytes(value) }))
        return
      }
      output.write(value)
      if (!options.raw) output.write('\n')
    })
}
