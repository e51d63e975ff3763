import { shortId } from '../commits.js'
import { negative, usageError } from '../errors.js'
import { formatOption } from '../options.js'
import type { Session } from '../session.js'
import type { Worktree } from '../../index.js'
import type { CommandModule } from './index.js'

const ACTIONS = ['add', 'list', 'remove', 'lock', 'unlock'] as const

interface Options {
  readonly create?: string | undefined
  readonly detach?: true | undefined
  readonly force?: true | undefined
  readonly reason?: string | undefined
  readonly format: 'text' | 'json'
}

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .addArgument(
      command
        .createArgument('[action]', 'what to do')
        .choices(ACTIONS)
        .default('list' as const),
    )
    .argument('[folder]', 'the folder of the worktree, or of one that is there its name')
    .argument('[target]', 'for add: the branch, or detached any other revision, to check out')
    .option('-b, --create <branch>', 'for add: make this branch at the target first')
    .option('--detach', 'for add: leave HEAD at the commit itself')
    .option('--reason <text>', 'for lock: why')
    .option('-f, --force', 'for remove: also when changes are staged in it, or it is locked')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
A worktree is a folder with a HEAD and staged changes of its own, over the data that all of them share: work on two branches
goes on side by side. Without a target, "add" checks out a branch named after the folder, and makes it where there is none. A
branch is checked out in one worktree at a time. Nothing is copied. "git worktree list" knows them too.

Examples:
  $ git-prolly worktree add ../sale
  $ git-prolly -C ../sale set apple 8
  $ git-prolly worktree add ../old v1.0
  $ git-prolly worktree
  $ git-prolly worktree remove ../sale`,
    )
    .action(async (action, folder, target, options) => {
      if (action === 'list') {
        if (folder !== undefined) throw usageError('list takes no folder')
        await list(session, options)
        return
      }
      if (folder === undefined) throw usageError('which folder is meant?')
      if (target !== undefined && action !== 'add') throw usageError(`${action} takes one worktree`)
      await change(session, action, folder, target, options)
    })
}

async function list(session: Session, { format }: Options): Promise<void> {
  const store = await session.store()
  const worktrees = await store.worktrees.list({ signal: session.context.signal })
  const width = Math.max(0, ...worktrees.map(({ path }) => path.length))
  for (const worktree of worktrees) {
    session.output.line(
      format === 'json'
        ? JSON.stringify(fields(worktree))
        : `${worktree.path.padEnd(width)}  ${text(worktree)}`,
    )
  }
}

function fields({ name, path, head, locked, missing, current }: Worktree) {
  return {
    name: name ?? null,
    path,
    branch: head?.branch ?? null,
    commit: head?.commit ?? null,
    current,
    missing,
    ...(locked !== undefined && { locked }),
  }
}

/** As `git worktree list` has it. */
function text({ head, locked, missing }: Worktree): string {
  if (missing) return 'missing: its folder is gone'
  const commit = head?.commit === undefined ? 'no commit ' : shortId(head.commit)
  const place = head?.branch === undefined ? '(detached HEAD)' : `[${head.branch}]`
  const lock = locked === undefined ? '' : locked === '' ? ' locked' : ` locked: ${locked}`
  return `${commit} ${place}${lock}`
}

async function change(
  session: Session,
  action: Exclude<(typeof ACTIONS)[number], 'list'>,
  folder: string,
  target: string | undefined,
  { create, detach, force, reason }: Options,
): Promise<void> {
  const { worktrees } = await session.store()
  const { signal } = session.context
  if (action === 'add') {
    const made = await worktrees.add(session.path(folder), {
      ...(target !== undefined && { target }),
      ...(create !== undefined && { create }),
      ...(detach && { detach }),
      signal,
    })
    session.notify(`Worktree ${made.path} at ${text(made)}`)
    return
  }
  // A name, or a folder seen from where the command works.
  const found =
    (await worktrees.get(folder, { signal })) ?? (await worktrees.get(session.path(folder), { signal }))
  if (found?.name === undefined) {
    throw negative(found ? `${folder} is the main worktree` : `there is no worktree ${folder}`)
  }
  if (action === 'remove') await worktrees.remove(found.name, { ...(force && { force }), signal })
  else if (action === 'unlock') await worktrees.unlock(found.name, { signal })
  else await worktrees.lock(found.name, { ...(reason !== undefined && { reason }), signal })
}
