import { ageOf } from '../ages.js'
import { inBytes } from '../bytes.js'
import { counted } from '../counted.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .option('-n, --dry-run', 'only say what would go')
    .option('--prune <age>', 'what is older goes: now, never, 3.days.ago, 2026-11-23', '2.weeks.ago')
    .option('-q, --quiet', 'say nothing')
    .addOption(
      command.createOption('--format <format>', 'text or json').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Deletes what nothing reaches: no branch, tag or reflog, no staged change of any worktree, and nobody who reads from the
store, in whatever process. Packs together what is left. Others may read and write meanwhile. Reflogs keep what branches
were moved away from for 30 to 90 days, so "git-prolly reflog" can still undo a "reset --hard".

Plain "git gc" does the same for a store in Git, but does not know who reads from it: what a deleted branch held goes
there after two weeks.

Examples:
  $ git-prolly gc --dry-run
  $ git-prolly gc --prune=now`,
    )
    .action(async ({ dryRun = false, prune, quiet, format }) => {
      const grace = ageOf('--prune', prune)
      const store = await session.store()
      const { signal } = session.context
      const report = await session.during(
        'collecting garbage',
        (onProgress) => store.collectGarbage({ grace, dryRun, signal, onProgress }),
        quiet,
      )
      if (format === 'json') {
        session.output.line(JSON.stringify(report))
        return
      }
      if (quiet) return
      const { garbage, garbageBytes, live, bytesBefore, bytesAfter } = report
      const what = `${counted(garbage, 'object')}, ${inBytes(garbageBytes)}`
      session.output.line(
        dryRun
          ? `would remove ${what}; ${live.toLocaleString('en')} stay`
          : `removed ${what}; ${live.toLocaleString('en')} stay; ${inBytes(bytesBefore)} before, ${inBytes(bytesAfter)} now`,
      )
    })
}
