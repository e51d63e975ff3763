import { counted } from '../counted.js'
import { STORAGES } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .addOption(
      command
        .createOption('--storage <name>', 'where the data is to be')
        .choices(STORAGES)
        .makeOptionMandatory(),
    )
    .option('-q, --quiet', 'say nothing')
    .addHelpText(
      'after',
      `
Moves the data of all versions that a ref, a reflog or a worktree reaches, and what is staged, to another storage. Commits
keep their ids and roots. What commits hold stays in Git; files and RocksDB go once all is moved. Interrupted, it can be run
again. Other processes must open the store again.

Example:
  $ git-prolly migrate --storage rocksdb`,
    )
    .action(async (options) => {
      const { VersionedKvStore } = await session.library()
      const place = await session.place()
      const { signal } = session.context
      const { from, to, versions } = await session.during(
        'moving',
        (onProgress) => VersionedKvStore.migrate(place, options.storage, { signal, onProgress }),
        options.quiet,
      )
      if (options.quiet) return
      session.notify(
        from === to
          ? `the data is in ${to} already`
          : `moved ${counted(versions, 'version')} from ${from} to ${to}`,
      )
    })
}
