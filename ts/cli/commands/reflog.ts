import { shortId, signatureJson } from '../commits.js'
import { formatOption, wholeNumber } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[branch]', 'the branch, else HEAD')
    .option('-n, --limit <number>', 'at most so many', wholeNumber(0))
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Lists where HEAD, or a branch, was, the newest first: what a commit, reset, merge or checkout moved it to. "HEAD@{1}" is a
revision like any other, so a reset that went too far is undone by "git-prolly reset --hard HEAD@{1}".

Examples:
  $ git-prolly reflog
  $ git-prolly reflog feature -n 5`,
    )
    .action(async (branch, options) => {
      const store = await session.store()
      const entries = await store.reflog(branch, { signal: session.context.signal })
      await session.page()
      const { output, style } = session
      const name = branch ?? 'HEAD'
      for (const [index, entry] of entries.slice(0, options.limit).entries()) {
        const { commit, previous, committer, message } = entry
        if (options.format === 'json') {
          output.line(
            JSON.stringify({
              name: `${name}@{${index}}`,
              commit: commit ?? null,
              previous: previous ?? null,
              committer: signatureJson(committer),
              message,
            }),
          )
        } else
          output.line(`${style('yellow', shortId(commit ?? '0'.repeat(40)))} ${name}@{${index}}: ${message}`)
        if (output.isFull) await output.drained()
      }
    })
}
