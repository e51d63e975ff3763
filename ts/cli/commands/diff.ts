import { changeFlags, changeFormat } from '../change-options.js'
import { type BytesChange, printChanges } from '../changes.js'
import { usageError } from '../errors.js'
import { ExitCode } from '../exit-codes.js'
import { type Glob, parseGlob } from '../glob.js'
import { flags, formatOption, rangeOf } from '../options.js'
import type { BytesStore } from '../session.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[from]', 'the older version, or "from..to", or "from...to"')
    .argument('[to]', 'the newer version; without it, the branch with what is staged')
    .option(...changeFlags.stat)
    .option('--summary', 'the same as --stat')
    .option(...changeFlags.nameStatus)
    .option(...changeFlags.nameOnly)
    .option('--exit-code', 'exit with 1 when there are changes')
    .option('-q, --quiet', 'print nothing, exit with 1 when there are changes')
    .option('--prefix <prefix>', 'only keys that begin with this')
    .option('--keys <pattern>', 'only keys that match, with *, ? and [a-z] as in a shell')
    .option(...flags.hex)
    .option(...flags.base64)
    .option(...flags.namespace)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Without versions, shows what is staged. Keys come in order; a changed key has a line "-" with its old value and a
line "+" with its new one. Without --namespace all namespaces are compared, and with --keys or --prefix the default one.
"a...b" shows what b changed since a and b were the same. Rows of tables are shown as JSON.

Examples:
  $ git-prolly diff
  $ git-prolly diff main feature --stat
  $ git-prolly diff v1.0..v1.1 --prefix user: --format json`,
    )
    .action(async (from, to, options) => {
      const { stat, summary } = options
      const format = changeFormat({ ...options, stat: stat ?? summary })
      const glob = options.keys === undefined ? undefined : parseGlob(options.keys)
      if (glob && options.prefix !== undefined) throw usageError('--keys and --prefix exclude each other')
      const range = rangeOf(glob ? { prefix: glob.prefix } : options)
      const store = await session.store()
      const [older, newer] = await versionsOf(from, to, store)
      const library = await session.library()
      const all = store.diff(older, newer ?? library.STAGED, {
        ...range,
        ...(options.namespace !== undefined && { namespace: options.namespace }),
        signal: session.context.signal,
      })
      const changes = glob ? matching(all, glob) : all
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

async function* matching(changes: AsyncIterable<BytesChange>, glob: Glob): AsyncGenerator<BytesChange> {
  for await (const change of changes) if (glob.matches(change.key.toString('utf8'))) yield change
}

/** The two sides that the arguments name; without a newer one, the working state is meant. */
async function versionsOf(
  from: string | undefined,
  to: string | undefined,
  store: BytesStore,
): Promise<[older: string, newer: string | undefined]> {
  if (from === undefined) return ['HEAD', undefined]
  const [, older, newer] = /^(.*?)\.\.(.*)$/.exec(from) ?? []
  if (older === undefined || newer === undefined) return [from, to]
  if (to !== undefined) throw usageError(`"${from}" names two versions already`)
  if (!newer.startsWith('.')) return [older || 'HEAD', newer || 'HEAD']
  const side = newer.slice(1) || 'HEAD'
  const base = await store.mergeBase(older || 'HEAD', side)
  if (base === undefined) throw usageError(`"${from}" names two versions that have no history in common`)
  return [base, side]
}
