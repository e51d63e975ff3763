import { changeFields, changeText } from '../changes.js'
import { commitFields, commitLine, commitText } from '../commits.js'
import { decorationsOf } from '../decorations.js'
import { negative } from '../errors.js'
import { flags, formatOption, wholeNumber } from '../options.js'
import { fromArgument, toText } from '../text.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<key>', 'the key')
    .argument('[revision]', 'where to begin, else HEAD; also "a..b" and "a...b"')
    .option('--prefix', 'all keys that begin with it')
    .option('-n, --limit <number>', 'at most so many changes', wholeNumber(0))
    .option('--oneline', 'one line a commit, before its changes')
    .option('--first-parent', 'follow only the first parent of a merge')
    .option(...flags.hex)
    .option(...flags.base64)
    .option(...flags.namespace)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Shows every commit that changed the key, the newest first, with its old and its new value: "-" and "+" as in a diff. A
merge is there only when it gave the key a value that neither side had. Exits with 1 when no commit changed it.

Examples:
  $ git-prolly history user:1
  $ git-prolly history user: --prefix -n 10 --oneline
  $ git-prolly history user:1 v1.0..main --format json`,
    )
    .action(async (key, ref, options) => {
      const bytes = fromArgument(key, options)
      const store = await session.store()
      const decorations = await decorationsOf(store)
      const entries = store.history(options.prefix ? { prefix: bytes } : bytes, {
        ...(ref !== undefined && { ref }),
        ...(options.namespace !== undefined && { namespace: options.namespace }),
        ...(options.limit !== undefined && { limit: options.limit }),
        ...(options.firstParent && { firstParent: true }),
        signal: session.context.signal,
      })
      await session.page()
      const { output, style } = session
      let last: string | undefined
      for await (const { commit, ...change } of entries) {
        if (options.format === 'json') {
          output.line(JSON.stringify({ ...changeFields(change), commit: commitFields(commit, decorations) }))
        } else {
          if (commit.id !== last) {
            const line = options.oneline
              ? `${commitLine(commit, style, decorations)}\n`
              : `${last === undefined ? '' : '\n'}${commitText(commit, style, decorations)}\n`
            output.write(line)
          }
          output.write(changeText(change, 'text', style))
        }
        last = commit.id
        if (output.isFull) await output.drained()
      }
      if (last === undefined && options.limit !== 0)
        throw negative(
          `no commit changed ${options.prefix ? 'a key that begins with' : 'the key'} ${toText(bytes)}`,
        )
    })
}
