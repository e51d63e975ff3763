import { counted } from '../counted.js'
import { negative } from '../errors.js'
import { Progress } from '../progress.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .option('--repair', 'put right what can be, then check')
    .option('-q, --quiet', 'say nothing when all is well')
    .addOption(
      command.createOption('--format <format>', 'text or json').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Looks at every branch, tag, reflog and staged change, every version they reach, and every node of these, whose hash is
checked and which must be the one its parent describes; then runs "git fsck --strict". Each fault is named with what to do;
the exit code is then 1. Reads from the disk and changes nothing.

With --repair: cuts a torn end off a journal; sets a damaged journal aside and keeps the changes before the damage; makes
missing indexes of packs; removes what was left unfinished. It says what it did.`,
    )
    .action(async ({ repair, quiet, format }) => {
      const { VersionedKvStore } = await session.library()
      const place = await session.place()
      const repaired = repair ? await VersionedKvStore.repair(place) : []
      if (format === 'text') for (const line of repaired) session.output.line(line)
      // Before the check, which takes a while.
      await session.output.flush()
      const progress = new Progress(session.context, 'checking', 'nodes', quiet)
      const { signal } = session.context
      const onProgress = ({ nodes }: { nodes: number }): void => progress.update(nodes)
      const report = await VersionedKvStore.check(place, { signal, onProgress }).finally(() =>
        progress.done(),
      )
      const { faults } = report
      if (format === 'json') {
        session.output.line(JSON.stringify({ ...report, repaired }))
      } else {
        for (const { subject, problem, remedy } of faults)
          session.output.line(`${subject}: ${problem}; ${remedy}`)
      }
      if (faults.length > 0) throw negative(`${counted(faults.length, 'fault')} found`)
      if (!quiet && format === 'text') {
        const { versions, nodes } = report
        session.notify(`no faults found in ${counted(versions, 'version')} and ${counted(nodes, 'node')}`)
      }
    })
}
