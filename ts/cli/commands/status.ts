import { ChangeCount, keyText, type BytesChange } from '../changes.js'
import { conflictLine, rowConflictLine } from '../conflicts.js'
import { formatOption } from '../options.js'
import { pendingHint, pendingLine } from '../pending.js'
import type { NamespaceChange, PendingMerge } from '../../index.js'
import { shortId } from '../commits.js'
import type { Session } from '../session.js'
import type { CommandModule } from './index.js'

/** So many changed keys are named; `git-prolly diff` lists all. */
const SHOWN = 50

const LABELS = { added: 'added:   ', modified: 'modified:', removed: 'removed: ' } as const

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Names the first ${SHOWN} keys whose staged value differs from the last commit; "git-prolly diff" shows all of them.`,
    )
    .action(async (options) => {
      const store = await session.store()
      const { signal } = session.context
      const status = await session.during('comparing', () => store.status({ signal }))
      const { output, style } = session
      const count = ChangeCount.of(status)
      if (options.format === 'json') {
        const { branch, commit } = status.head
        output.line(
          JSON.stringify({
            branch: branch ?? null,
            commit: commit ?? null,
            ...count.toJSON(),
            namespaces: status.namespaces,
            tables: status.tables,
            ...(status.merge && { merge: status.merge }),
          }),
        )
        return
      }
      output.line(headLine(status.head))
      if (status.head.commit === undefined) output.line('\nNo commits yet')
      if (status.merge) await showMerge(session, status.merge)
      if (status.clean) {
        output.line('\nnothing staged')
        return
      }
      if (count.total + status.namespaces.length + status.tables.length === 0) return
      const hint = status.merge ? '' : '\n  ("git-prolly commit" records them, "git-prolly reset" drops them)'
      output.line(`\nStaged changes:${hint}`)
      for (const change of status.namespaces)
        output.line(style('green', `\t${changedLine('namespace', change)}`))
      for (const change of status.tables) output.line(style('green', `\t${changedLine('table', change)}`))
      const library = await session.library()
      let shown = 0
      for await (const change of store.diff('HEAD', library.STAGED, { signal })) {
        if (++shown > SHOWN) break
        output.line(style('green', `\t${changeLine(change)}`))
      }
      if (count.total > SHOWN) output.line(`\t… and ${(count.total - SHOWN).toLocaleString('en')} more`)
      output.line(`\n${count}`)
    })
}

/** Says what is under way, and names the first keys in conflict. */
async function showMerge(session: Session, merge: PendingMerge): Promise<void> {
  const { output, style, context } = session
  output.line(`\n${pendingLine(merge)}\n  (${pendingHint(merge)})`)
  const store = await session.store()
  let shown = 0
  for await (const conflict of store.conflicts({ signal: context.signal })) {
    if (++shown > SHOWN) break
    output.line(style('red', `\t${conflictLine(conflict)}`))
  }
  for await (const conflict of store.rowConflicts({ signal: context.signal })) {
    if (++shown > SHOWN) break
    output.line(style('red', `\t${rowConflictLine(conflict)}`))
  }
  if (merge.conflicts > SHOWN) output.line(`\t… and ${(merge.conflicts - SHOWN).toLocaleString('en')} more`)
}

function headLine({ branch, commit }: { branch?: string; commit?: string }): string {
  return branch === undefined ? `HEAD detached at ${shortId(commit ?? '')}` : `On branch ${branch}`
}

function changedLine(what: string, { from, to }: NamespaceChange): string {
  if (from === undefined) return `new ${what}: ${to}`
  if (to === undefined) return `dropped ${what}: ${from}`
  return from === to ? `altered ${what}: ${to}` : `renamed ${what}: ${from} -> ${to}`
}

function changeLine(change: BytesChange): string {
  return `${LABELS[change.type]} ${keyText(change)}`
}
