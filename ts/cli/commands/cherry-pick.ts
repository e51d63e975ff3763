import { strategyOption } from '../merge-options.js'
import { settleAndReport } from '../merging.js'
import { formatOption, wholeNumber } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<revision>', 'the commit whose changes are wanted')
    .option(
      '-m, --mainline <number>',
      'of a merge, the parent its changes are against, from 1 on',
      wholeNumber(1),
    )
    .option('--message <text>', "the message of the new commit, else the commit's own")
    .addOption(strategyOption(command))
    .option('--dry-run', 'only report what would happen')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Makes on the current branch what one commit changed elsewhere, key by key, with its author and its message. Keys that are
not as they were before that commit are conflicts: without --strategy they are listed, nothing is changed, and the exit code
is 1. Staged changes are refused.

Examples:
  $ git-prolly cherry-pick feature
  $ git-prolly cherry-pick 5f1c3aa2b0 --strategy take-source`,
    )
    .action(async (revision, { mainline, message, strategy, dryRun, format }) => {
      const options = {
        ...(mainline !== undefined && { mainline }),
        ...(message !== undefined && { message }),
        ...(strategy && { strategy }),
        dryRun: dryRun ?? false,
        signal: session.context.signal,
      }
      const store = await session.store()
      const merge = (settling: object) => store.cherryPick(revision, { ...options, ...settling })
      await settleAndReport(session, merge, {
        verb: 'pick',
        done: 'Picked',
        dryRun: options.dryRun,
        json: format === 'json',
      })
    })
}
