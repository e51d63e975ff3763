import type { BytesConflict } from '../conflicts.js'
import { conflictFields, conflictLine, rowConflictFields, rowConflictLine } from '../conflicts.js'
import { negative } from '../errors.js'
import { flags, formatOption } from '../options.js'
import { fromArgument, toText } from '../text.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[key]', 'show the sides of this key')
    .option(...flags.namespace)
    .option(...flags.hex)
    .option(...flags.base64)
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Lists the keys in conflict of a merge, revert or cherry-pick that was begun with --resolve; of a key, the values that the
common ancestor (base), the current branch (destination) and the other side (source) have, those that there are. JSON has
the sides of all. Rows of tables are listed by their keys; prolly_conflicts_<table> in "git-prolly sql" has their values. Exits
with 1 when a key is not in conflict, and with 0 when no conflict is left.

Examples:
  $ git-prolly conflicts
  $ git-prolly conflicts user:1`,
    )
    .action(async (key, options) => {
      const store = await session.store()
      const { signal } = session.context
      if ((await store.pendingMerge({ signal })) === undefined) {
        throw negative('no merge, revert or cherry-pick is under way')
      }
      const bytes = key === undefined ? undefined : fromArgument(key, options)
      const asked = ({ key: found, namespace }: BytesConflict): boolean =>
        (bytes === undefined || bytes.equals(found)) &&
        (namespace === options.namespace || (bytes === undefined && options.namespace === undefined))
      await session.page()
      const { output } = session
      let found = false
      for await (const conflict of store.conflicts({ signal })) {
        if (!asked(conflict)) continue
        found = true
        if (options.format === 'json') output.line(JSON.stringify(conflictFields(conflict)))
        else {
          output.line(conflictLine(conflict))
          if (bytes !== undefined) {
            for (const side of ['base', 'destination', 'source'] as const) {
              const value = conflict[side]
              if (value !== undefined) output.line(`${side}\t${toText(value)}`)
            }
          }
        }
        if (output.isFull) await output.drained()
      }
      if (bytes === undefined && options.namespace === undefined) {
        for await (const conflict of store.rowConflicts({ signal })) {
          const json = options.format === 'json'
          output.line(json ? JSON.stringify(rowConflictFields(conflict)) : rowConflictLine(conflict))
          if (output.isFull) await output.drained()
        }
      }
      if (!found && bytes !== undefined) throw negative(`the key ${toText(bytes)} is not in conflict`)
    })
}
