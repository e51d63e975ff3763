import { commitJson, commitLine, commitText } from '../commits.js'
import { decorationsOf } from '../decorations.js'
import { formatOption, wholeNumber } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[revision]', 'where to begin, else HEAD; "a..b" leaves out what a has')
    .option('-n, --limit <number>', 'at most so many commits', wholeNumber(0))
    .option('--oneline', 'one line a commit')
    .option('--first-parent', 'follow only the first parent of a merge')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Examples:
  $ git-prolly log -n 3 --oneline
  $ git-prolly log main..feature --format json`,
    )
    .action(async (revision, options) => {
      const store = await session.store()
      const decorations = await decorationsOf(store)
      await session.page()
      const { output, style } = session
      let first = true
      const walk = {
        ...rangeOf(revision),
        ...(options.limit !== undefined && { limit: options.limit }),
        ...(options.firstParent && { firstParent: true }),
        signal: session.context.signal,
      }
      for await (const commit of store.log(walk)) {
        if (options.format === 'json') output.line(commitJson(commit, decorations))
        else if (options.oneline) output.line(commitLine(commit, style, decorations))
        else output.write(`${first ? '' : '\n'}${commitText(commit, style, decorations)}`)
        first = false
        if (output.isFull) await output.drained()
      }
    })
}

function rangeOf(revision: string | undefined): { ref?: string; exclude?: string } {
  if (revision === undefined) return {}
  const [, exclude, ref] = /^(.*?)\.\.(?!\.)(.*)$/.exec(revision) ?? []
  if (exclude === undefined) return { ref: revision }
  return { exclude: exclude || 'HEAD', ref: ref || 'HEAD' }
}
