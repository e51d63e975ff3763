import { changeFlags, changeFormat } from '../change-options.js'
import { printChanges } from '../changes.js'
import { commitJson, commitText } from '../commits.js'
import { decorationsOf } from '../decorations.js'
import { formatOption } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[revision]', 'the commit', 'HEAD')
    .option(...changeFlags.stat)
    .option(...changeFlags.nameStatus)
    .option(...changeFlags.nameOnly)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Shows a commit and what it changed; for a merge, what it changed on the branch it was made on. With --format json
the first line is the commit, each further line a change.

Examples:
  $ git-prolly show
  $ git-prolly show v1.0 --stat`,
    )
    .action(async (revision, options) => {
      const format = changeFormat(options)
      const store = await session.store()
      const { signal } = session.context
      const library = await session.library()
      const commit = await store.commitInfo(revision, { signal })
      const decorations = await decorationsOf(store)
      await session.page()
      const { output, style } = session
      const json = options.format === 'json'
      output.line(json ? commitJson(commit, decorations) : commitText(commit, style, decorations))
      const changes = store.diff(commit.parents[0] ?? library.EMPTY, commit.id, { signal })
      await printChanges(changes, format, output, style, json)
    })
}
