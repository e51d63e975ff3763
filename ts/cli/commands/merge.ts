import { usageError } from '../errors.js'
import { strategyOption } from '../merge-options.js'
import { mergeAndReport } from '../merging.js'
import { formatOption } from '../options.js'
import { endPending, pendingOptions } from '../pending.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  const pending = pendingOptions(command)
  command
    .argument('[source]', 'the branch, or any other revision, to join into the current branch')
    .option('-m, --message <text>', 'the message of the merge commit')
    .addOption(strategyOption(command))
    .option('--dry-run', 'only report what would happen')
    .option('--no-ff', 'make a commit also when the branch could just be moved')
    .option('--ff-only', 'refuse when the branch cannot just be moved')
    .addOption(pending.resolve)
    .addOption(pending.continue)
    .addOption(pending.abort)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Data is merged by key: keys that only one side changed, or both in the same way, are no conflict. With conflicts and
no --strategy they are listed, nothing is changed, and the exit code is 1. With --resolve what is merged is staged and the
conflicts are left to "git-prolly resolve", until --continue commits the merge. Staged changes are refused.

Strategies:
  take-source       the merged branch's side
  take-destination  the current branch's side
  ignore-all        conflicts are left out of the merge: the current branch's side stays

Examples:
  $ git-prolly merge feature
  $ git-prolly merge feature --dry-run --format json
  $ git-prolly merge feature --strategy take-source -m 'Take the release'
  $ git-prolly merge feature --resolve`,
    )
    .action(async (source, options) => {
      if (!options.ff && options.ffOnly) throw usageError('--no-ff and --ff-only exclude each other')
      if ((await endPending(session, 'merge', source, options)) || source === undefined) return
      await mergeAndReport(
        session,
        source,
        {
          ...(options.message !== undefined && { message: options.message }),
          ...(options.strategy && { strategy: options.strategy }),
          ...(options.resolve && { suspend: true }),
          dryRun: options.dryRun ?? false,
          noFastForward: !options.ff,
          fastForwardOnly: options.ffOnly ?? false,
          signal: session.context.signal,
        },
        options.format === 'json',
      )
    })
}
