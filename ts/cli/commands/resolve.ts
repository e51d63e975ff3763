import type { ConflictResolution } from '../../index.js'
import { counted } from '../counted.js'
import { negative, usageError } from '../errors.js'
import { readValue } from '../input.js'
import { flags } from '../options.js'
import { pendingHint } from '../pending.js'
import { fromArgument } from '../text.js'
import type { CommandModule } from './index.js'

const SIDES = { source: 'takeSource', destination: 'takeDestination' } as const

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[key]', 'the key in conflict')
    .argument('[value]', 'the value it gets')
    .addOption(
      command
        .createOption('--take <side>', 'take the side of the other branch, or of the current one')
        .choices(['source', 'destination'] as const),
    )
    .option('--all', 'with --take: settle every conflict')
    .option('--delete', 'the key goes')
    .option('--file <path>', 'read the value from a file, "-" for standard input, byte for byte')
    .option(...flags.namespace)
    .option(...flags.hex)
    .option(...flags.base64)
    .option('-q, --quiet', 'do not say what is left')
    .addHelpText(
      'after',
      `
Settles a conflict of a merge, revert or cherry-pick that was begun with --resolve: with a value, by deleting the key, or by
taking one side. "git-prolly set" and "git-prolly delete" of the key do so as well.

Examples:
  $ git-prolly resolve user:1 'Ada Lovelace'
  $ git-prolly resolve user:2 --take source
  $ git-prolly resolve --all --take destination`,
    )
    .action(async (key, value, options) => {
      const answers = [value !== undefined, options.take, options.delete, options.file !== undefined]
      if (answers.filter(Boolean).length !== 1) {
        throw usageError('give one of a value, --file, --delete and --take')
      }
      if (options.all ? key !== undefined || !options.take : key === undefined) {
        throw usageError('give a key, or --all with --take')
      }
      const store = await session.store()
      const { signal } = session.context
      if ((await store.pendingMerge({ signal })) === undefined)
        throw negative('no merge, revert or cherry-pick is under way')
      if (key === undefined) {
        const side = SIDES[options.take ?? 'source']
        await session.during('settling', () => store.resolveConflicts(side, { signal }), options.quiet)
      } else {
        const library = await session.library()
        const given = async (): Promise<Buffer> =>
          options.file === undefined ? fromArgument(value ?? '', options) : readValue(options.file, session)
        let resolution: ConflictResolution<Buffer>
        if (options.delete) resolution = library.DELETE
        else if (options.take === 'source') resolution = library.TAKE_SOURCE
        else if (options.take === 'destination') resolution = library.TAKE_DESTINATION
        else resolution = await given()
        await store.resolveConflict(fromArgument(key, options), resolution, {
          ...(options.namespace !== undefined && { namespace: options.namespace }),
          signal,
        })
      }
      const pending = await store.pendingMerge({ signal })
      if (options.quiet || pending === undefined) return
      const { conflicts } = pending
      session.notify(conflicts === 0 ? pendingHint(pending) : `${counted(conflicts, 'conflict')} left`)
    })
}
