import { ChangeCount } from '../changes.js'
import { commitLine } from '../commits.js'
import { counted } from '../counted.js'
import { usageError } from '../errors.js'
import type { Session } from '../session.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[revision]', 'with --soft or --hard: where the branch goes, else HEAD')
    .option('--soft', 'keep the data: what differs from the revision is staged')
    .option('--hard', 'take the data of the revision: what is staged is dropped')
    .option('-q, --quiet', 'say nothing')
    .addHelpText(
      'after',
      `
Without a revision drops every staged change; the data is again as the last commit left it. With one, moves the current
branch there. What is staged and dropped is gone for good; a commit that no branch has any more is still in "git reflog",
and "git-prolly reset --hard HEAD@{1}" goes back to where the branch was before.

Examples:
  $ git-prolly reset
  $ git-prolly reset --soft HEAD~1
  $ git-prolly reset --hard v1.0`,
    )
    .action(async (revision, { soft, hard, quiet }) => {
      if (soft && hard) throw usageError('--soft and --hard exclude each other')
      if (revision !== undefined && !soft && !hard)
        throw usageError('say what becomes of the data: --soft keeps it, --hard takes that of the revision')
      if (revision === undefined && !soft) await dropStaged(session, quiet ?? false)
      else await move(revision ?? 'HEAD', soft ? 'soft' : 'hard', session, quiet ?? false)
    })
}

async function dropStaged(session: Session, quiet: boolean): Promise<void> {
  const store = await session.store()
  const { signal } = session.context
  const status = await session.during('comparing', () => store.status({ signal }), quiet)
  await store.discard()
  if (quiet) return
  if (status.clean) {
    session.notify('nothing was staged')
    return
  }
  const count = ChangeCount.of(status)
  session.notify(`dropped changes to ${counted(count.total, 'key')}: ${count.details}`)
}

async function move(
  revision: string,
  mode: 'soft' | 'hard',
  session: Session,
  quiet: boolean,
): Promise<void> {
  const store = await session.store()
  const { signal } = session.context
  const { commit } = await session.during('moving', () => store.reset(revision, { mode, signal }), quiet)
  if (quiet || commit === undefined) return
  session.notify(`HEAD is now at ${commitLine(await store.commitInfo(commit), (_format, text) => text)}`)
}
