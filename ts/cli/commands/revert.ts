import { strategyOption } from '../merge-options.js'
import { settleAndReport } from '../merging.js'
import { formatOption, wholeNumber } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<revision>', 'the commit to undo')
    .option('-m, --mainline <number>', 'of a merge, the parent whose side stays, from 1 on', wholeNumber(1))
    .option('--message <text>', 'the message of the new commit')
    .addOption(strategyOption(command))
    .option('--dry-run', 'only report what would happen')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Makes a new commit that undoes what one changed, key by key; history stays as it is. Keys that were changed again since
are conflicts: without --strategy they are listed, nothing is changed, and the exit code is 1. take-source brings back what
was there before the commit, take-destination leaves such keys as they are. Staged changes are refused.

Examples:
  $ git-prolly revert HEAD~2
  $ git-prolly revert v1.1 --dry-run
  $ git-prolly revert main -m 1`,
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
      const merge = (settling: object) => store.revert(revision, { ...options, ...settling })
      await settleAndReport(session, merge, {
        verb: 'revert',
        done: 'Reverted',
        dryRun: options.dryRun,
        json: format === 'json',
      })
    })
}
