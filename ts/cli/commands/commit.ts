import { readFile } from 'node:fs/promises'
import { shortId, subject } from '../commits.js'
import { usageError } from '../errors.js'
import { readAll } from '../input.js'
import { parseAuthor } from '../author.js'
import type { Session } from '../session.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .option('-m, --message <text>', 'the message; given again, a further paragraph', collect)
    .option('-F, --file <path>', 'read the message from a file, "-" for standard input')
    .option('--author <author>', 'who made the changes: "Name <address>"', parseAuthor)
    .option('--allow-empty', 'commit also when nothing is staged')
    .option('-q, --quiet', 'say nothing')
    .addHelpText(
      'after',
      `
Without a message Git's editor is opened. The commit is one of Git: "git log" shows it, and Git's user.name and
user.email say who made it. Git's hooks are not run, and the commit is not signed.

Example:
  $ git-prolly commit -m 'Add the first users'`,
    )
    .action(async (options) => {
      if (options.message && options.file !== undefined) throw usageError('-m and -F exclude each other')
      const store = await session.store()
      const message = await messageOf(options.message, options.file, session)
      const how = {
        ...(options.author && { author: options.author }),
        allowEmpty: options.allowEmpty ?? false,
        signal: session.context.signal,
      }
      const id = await session.during('committing', () => store.commit(message, how), options.quiet)
      if (options.quiet) return
      const commit = await store.commitInfo(id)
      const branch = store.currentBranch ?? 'detached HEAD'
      const root = commit.parents.length === 0 ? ' (root-commit)' : ''
      session.output.line(`[${branch}${root} ${shortId(id)}] ${subject(commit)}`)
    })
}

function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

async function messageOf(
  paragraphs: readonly string[] | undefined,
  file: string | undefined,
  session: Session,
): Promise<string> {
  let message: string
  if (paragraphs) message = paragraphs.join('\n\n')
  else if (file === '-') message = (await readAll(session.context.stdin)).toString('utf8')
  else if (file !== undefined) message = await readFile(session.path(file), 'utf8')
  else {
    const { editMessage } = await import('../editor.js')
    message = await editMessage(session)
  }
  if (message.trim() === '') throw usageError('the message is empty: nothing was committed')
  return message
}
