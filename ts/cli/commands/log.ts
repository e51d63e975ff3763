import { ChangeCount } from '../changes.js'
import { CommitGraph, type GraphRow } from '../commit-graph.js'
import { commitJson, commitLine, commitText } from '../commits.js'
import { decorationsOf } from '../decorations.js'
import { usageError } from '../errors.js'
import { flags, formatOption, wholeNumber } from '../options.js'
import { fromArgument } from '../text.js'
import type { BytesStore, Session } from '../session.js'
import type { Commit } from '../../index.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[revision]', 'where to begin, else HEAD; also "a..b" and "a...b"')
    .argument('[keys...]', 'after "--": only commits that changed one of these keys')
    .option('-n, --limit <number>', 'at most so many commits', wholeNumber(0))
    .option('--oneline', 'one line a commit')
    .option('--graph', 'draw how the commits follow each other')
    .option('--stat', 'say how many keys each commit changed')
    .option('--first-parent', 'follow only the first parent of a merge')
    .option(...flags.hex)
    .option(...flags.base64)
    .option(...flags.namespace)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
"a..b" has the commits of b that a does not have, "a...b" those that only one of both has. Keys stand after "--".

Examples:
  $ git-prolly log -n 3 --oneline
  $ git-prolly log main..feature --format json
  $ git-prolly log --graph --oneline
  $ git-prolly log --stat -- user:1 user:2`,
    )
    .action(async (first, others, options) => {
      const operands = first === undefined ? [] : [first, ...others]
      const names = operands.slice(0, operands.length - session.separated)
      const keys = operands.slice(names.length)
      if (names.length > 1) throw usageError(`"${names[1]}" is one revision too many`, 'put "--" before keys')
      const [ref] = names
      if (options.namespace !== undefined && keys.length === 0)
        throw usageError('--namespace says which keys are meant: name some after "--"')
      if (options.graph && keys.length > 0) throw usageError('--graph draws all commits: leave the keys out')
      if (options.graph && options.format === 'json')
        throw usageError('--graph is for people: --format json has the parents')
      const store = await session.store()
      const decorations = await decorationsOf(store)
      await session.page()
      const { output, style } = session
      const textOf = async (commit: Commit): Promise<string> => {
        const count = options.stat ? await countChanges(commit, store, session) : undefined
        if (options.format === 'json') {
          return `${commitJson(commit, decorations, count && { changes: count })}\n`
        }
        const text = options.oneline
          ? `${commitLine(commit, style, decorations)}\n`
          : commitText(commit, style, decorations)
        return count ? `${text}${options.oneline ? '' : '\n'} ${count}\n` : text
      }
      // Texts of several lines have a line between them.
      const between = options.oneline || options.format === 'json' ? '' : '\n'
      const walk = {
        ...(ref !== undefined && { ref }),
        ...(keys.length > 0 && { touching: keys.map((key) => fromArgument(key, options)) }),
        ...(options.namespace !== undefined && { namespace: options.namespace }),
        ...(options.limit !== undefined && { limit: options.limit }),
        ...(options.firstParent && { firstParent: true }),
        ...(options.graph && { topological: true }),
        signal: session.context.signal,
      }
      if (options.graph) {
        const commits = await session.during('reading', () => store.log(walk).toArray())
        const graph = new CommitGraph(commits)
        for (const commit of commits) {
          output.write(beside(graph.next(commit), (await textOf(commit)) + between))
          if (output.isFull) await output.drained()
        }
        return
      }
      let isFirst = true
      for await (const commit of store.log(walk)) {
        output.write(`${isFirst ? '' : between}${await textOf(commit)}`)
        isFirst = false
        if (output.isFull) await output.drained()
      }
    })
}

/** The lines of a commit, each beside its part of the graph. */
function beside({ first, rest, after }: GraphRow, text: string): string {
  const lines = text.slice(0, -1).split('\n')
  const drawn = lines.map((line, index) =>
    `${index === 0 ? first : rest.padEnd(first.length)} ${line}`.trimEnd(),
  )
  return [...drawn, ...after, ''].join('\n')
}

/** How many keys differ from the first parent. */
async function countChanges(commit: Commit, store: BytesStore, session: Session): Promise<ChangeCount> {
  const library = await session.library()
  const count = new ChangeCount()
  const { signal } = session.context
  for await (const change of store.diff(commit.parents[0] ?? library.EMPTY, commit.id, { signal }))
    count.add(change)
  return count
}
