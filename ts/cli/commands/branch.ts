import { commitLine, shortId } from '../commits.js'
import { usageError } from '../errors.js'
import { formatOption } from '../options.js'
import type { BytesStore, Session } from '../session.js'
import type { CommandModule } from './index.js'

interface Options {
  readonly delete?: true | undefined
  readonly forceDelete?: true | undefined
  readonly move?: true | undefined
  readonly remotes?: true | undefined
  readonly all?: true | undefined
  readonly showCurrent?: true | undefined
  readonly verbose?: true | undefined
  readonly format: 'text' | 'json'
}

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[names...]', 'a new branch and where it starts; with -d or -m the branches meant')
    .option('-d, --delete', 'delete branches')
    .option('-D, --force-delete', 'delete branches even when their commits are on no other')
    .option('-m, --move', 'rename a branch, the current one when only the new name is given')
    .option('-r, --remotes', 'list those of remotes')
    .option('-a, --all', 'list local ones and those of remotes')
    .option('--show-current', 'print the name of the current branch')
    .option('-v, --verbose', 'list the commits too')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Examples:
  $ git-prolly branch
  $ git-prolly branch feature main~3
  $ git-prolly branch -d feature
  $ git-prolly branch -m better-name`,
    )
    .action(async (names, options) => {
      const store = await session.store()
      if (options.showCurrent) {
        const name = store.currentBranch
        if (options.format === 'json') session.output.line(JSON.stringify({ name: name ?? null }))
        else if (name !== undefined) session.output.line(name)
      } else if (options.delete || options.forceDelete)
        await remove(names, options.forceDelete ?? false, store, session)
      else if (options.move) await rename(names, store)
      else if (names.length === 0) await list(options, store, session)
      else await create(names, store)
    })
}

async function list(options: Options, store: BytesStore, session: Session): Promise<void> {
  const { output, style } = session
  const branches = await store.branches()
  const width = Math.max(0, ...branches.map(({ name }) => name.length))
  for (const { name, commit, current, remote } of branches) {
    if (!options.all && remote !== (options.remotes ?? false)) continue
    if (options.format === 'json') {
      output.line(JSON.stringify({ name, commit: commit ?? null, current, remote }))
      continue
    }
    const text = style(current ? 'green' : remote ? 'red' : 'reset', name)
    const line = `${current ? '*' : ' '} ${text}`
    if (!options.verbose || commit === undefined) output.line(line)
    else
      output.line(
        `${line}${' '.repeat(width - name.length)} ${commitLine(await store.commitInfo(commit), style)}`,
      )
  }
}

async function create(names: readonly string[], store: BytesStore): Promise<void> {
  const [name = '', start, ...rest] = names
  if (rest.length > 0) throw usageError('a new branch takes one name and where it starts')
  await store.createBranch(name, start === undefined ? {} : { start })
}

async function remove(
  names: readonly string[],
  force: boolean,
  store: BytesStore,
  session: Session,
): Promise<void> {
  if (names.length === 0) throw usageError('which branch is to be deleted?')
  for (const name of names) {
    const commit = await store.deleteBranch(name, { force })
    session.output.line(`Deleted branch ${name} (was ${shortId(commit)}).`)
  }
}

async function rename(names: readonly string[], store: BytesStore): Promise<void> {
  const [from, to] = names.length === 1 ? [store.currentBranch, names[0]] : names
  if (from === undefined || to === undefined || names.length > 2) {
    throw usageError('give the new name of the current branch, or the old and the new name of a branch')
  }
  await store.renameBranch(from, to)
}
