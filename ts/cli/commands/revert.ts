import { endPending } from '../pending.js'
import { pickAndReport, takesCommit } from '../picking.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  takesCommit(command, 'the commit to undo')
    .addHelpText(
      'after',
      `
Makes a new commit that undoes what one changed, key by key; history stays as it is. Keys that were changed again since
are conflicts: without --strategy or --resolve they are listed, nothing is changed, and the exit code is 1. take-source brings back what
was there before the commit, take-destination leaves such keys as they are. Staged changes are refused.

Examples:
  $ git-prolly revert HEAD~2
  $ git-prolly revert v1.1 --dry-run
  $ git-prolly revert main -m 1`,
    )
    .action(async (revision, options) => {
      if ((await endPending(session, 'revert', revision, options)) || revision === undefined) return
      const store = await session.store()
      const words = { verb: 'revert', doing: 'reverting', done: 'Reverted' }
      await pickAndReport(session, options, words, (how) => store.revert(revision, how))
    })
}
