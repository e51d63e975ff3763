import { negative } from '../errors.js'
import { strategyOption } from '../merge-options.js'
import { mergeAndReport } from '../merging.js'
import { formatOption } from '../options.js'
import { pendingOptions } from '../pending.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[remote]', "the remote's name", 'origin')
    .argument('[branch]', "the remote's branch, else that of the current one's name")
    .option('-m, --message <text>', 'the message of the merge commit')
    .addOption(strategyOption(command))
    .option('--no-ff', 'make a commit also when the branch could just be moved')
    .option('--ff-only', 'refuse when the branch cannot just be moved')
    .addOption(pendingOptions(command).resolve)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Fetches with the git program, then merges the remote's branch as "git-prolly merge" does.

Example:
  $ git-prolly pull --strategy take-destination`,
    )
    .action(async (remote, branch, options) => {
      const store = await session.store()
      const name = branch ?? store.currentBranch
      if (name === undefined) throw negative('HEAD is on no branch', 'name the branch to pull')
      const { signal } = session.context
      await session.during('fetching', (onProgress) => store.fetch({ remote, signal, onProgress }))
      await mergeAndReport(
        session,
        `${remote}/${name}`,
        {
          ...(options.message !== undefined && { message: options.message }),
          ...(options.strategy && { strategy: options.strategy }),
          ...(options.resolve && { suspend: true }),
          noFastForward: !options.ff,
          fastForwardOnly: options.ffOnly ?? false,
          signal,
        },
        options.format === 'json',
      )
    })
}
