import { endPending } from '../pending.js'
import { pickAndReport, takesCommit } from '../picking.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  takesCommit(command, 'the commit whose changes are wanted')
    .addHelpText(
      'after',
      `
Makes on the current branch what one commit changed elsewhere, key by key, with its author and its message. Keys that are
not as they were before that commit are conflicts: without --strategy or --resolve they are listed, nothing is changed, and the
exit code is 1. Staged changes are refused.

Examples:
  $ git-prolly cherry-pick feature
  $ git-prolly cherry-pick 5f1c3aa2b0 --strategy take-source`,
    )
    .action(async (revision, options) => {
      if ((await endPending(session, 'cherry-pick', revision, options)) || revision === undefined) return
      const store = await session.store()
      const words = { verb: 'pick', doing: 'picking', done: 'Picked' }
      await pickAndReport(session, options, words, (how) => store.cherryPick(revision, how))
    })
}
