import { changeFlags, changeFormat } from '../change-options.js'
import { printChanges } from '../changes.js'
import { usageError } from '../errors.js'
import { ExitCode } from '../exit-codes.js'
import { flags, formatOption, rangeOf } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[from]', 'the older version, or "from..to"')
    .argument('[to]', 'the newer version; without it, the branch with what is staged')
    .option(...changeFlags.stat)
    .option('--summary', 'the same as --stat')
    .option(...changeFlags.nameStatus)
    .option(...changeFlags.nameOnly)
    .option('--exit-code', 'exit with 1 when there are changes')
    .option('-q, --quiet', 'print nothing, exit with 1 when there are changes')
    .option('--prefix <prefix>', 'only keys that begin with this')
    .option(...flags.hex)
    .option(...flags.base64)
    .option(...flags.namespace)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Without versions, shows what is staged. Keys come in order; a changed key has a line "-" with its old value and a
line "+" with its new one. Without --namespace all namespaces are compared.

Examples:
  $ git-prolly diff
  $ git-prolly diff main feature --stat
  $ git-prolly diff v1.0..v1.1 --prefix user: --format json`,
    )
    .action(async (from, to, options) => {
      const { stat, summary } = options
      const format = changeFormat({ ...options, stat: stat ?? summary })
      const [older, newer] = versionsOf(from, to)
      const range = rangeOf(options)
      const store = await session.store()
      const library = await session.library()
      const changes = store.diff(older, newer ?? library.STAGED, {
        ...range,
        ...(options.namespace !== undefined && { namespace: options.namespace }),
        signal: session.context.signal,
      })
      if (options.quiet) {
        for await (const _change of changes) {
          session.exitCode = ExitCode.no
          break
        }
        return
      }
      await session.page()
      const count = await printChanges(
        changes,
        format,
        session.output,
        session.style,
        options.format === 'json',
      )
      if (options.exitCode && count.total > 0) session.exitCode = ExitCode.no
    })
}

/** The two sides that the arguments name; without a newer one, the working state is meant. */
function versionsOf(
  from: string | undefined,
  to: string | undefined,
): [older: string, newer: string | undefined] {
  if (from === undefined) return ['HEAD', undefined]
  const [, older, newer] = /^(.*?)\.\.(.*)$/.exec(from) ?? []
  if (older === undefined || newer === undefined) return [from, to]
  if (to !== undefined) throw usageError(`"${from}" names two versions already`)
  if (newer.startsWith('.')) throw usageError('"a...b" is not supported: use "a..b"')
  return [older || 'HEAD', newer || 'HEAD']
}
