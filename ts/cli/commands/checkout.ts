import { shortId } from '../commits.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[revision]', 'the branch, or any other revision for a detached HEAD', 'HEAD')
    .option('-b, --create <branch>', 'make this branch there first')
    .option('-f, --force', 'drop what is staged instead of refusing')
    .option('--detach', 'leave HEAD on the commit also when the revision is a branch')
    .option('-q, --quiet', 'say nothing')
    .addHelpText(
      'after',
      `
Takes no longer for much data than for little: nothing is copied.

Examples:
  $ git-prolly checkout feature
  $ git-prolly checkout -b feature main~3`,
    )
    .action(async (revision, options) => {
      const store = await session.store()
      // As in Git, "HEAD" alone leaves HEAD on its branch.
      const stays = revision === 'HEAD' && options.create === undefined && !options.detach
      const target = stays ? (store.currentBranch ?? revision) : revision
      const how = {
        force: options.force ?? false,
        detach: options.detach ?? false,
        ...(options.create !== undefined && { create: options.create }),
        signal: session.context.signal,
      }
      const head = await session.during('switching', () => store.checkout(target, how), options.quiet)
      if (options.quiet) return
      if (head.branch === undefined) session.notify(`HEAD is now at ${shortId(head.commit ?? '')}`)
      else
        session.notify(`Switched to ${options.create === undefined ? '' : 'a new '}branch '${head.branch}'`)
    })
}
