import { storageOption } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[directory]', 'the folder, made when it is missing', '.')
    .option('-b, --initial-branch <name>', "the first branch, else Git's init.defaultBranch, else main")
    .addOption(storageOption(command))
    .option('-q, --quiet', 'say nothing')
    .addHelpText(
      'after',
      `
The folder becomes a Git repository of its own, whose commits hold the data and which has no files checked out.
"git log", "git branch", "git tag", "git gc" and "git fsck" work in it.

Storages:
  git      the commits hold the data: whatever pushes and clones them carries it
  file     commits in Git, data in files beside it
  rocksdb  commits in Git, data in RocksDB beside it: the fastest, for one process at a time`,
    )
    .action(async (directory, options) => {
      const store = await session.init(session.path(directory), {
        ...(options.initialBranch !== undefined && { branch: options.initialBranch }),
        ...(options.storage && { storage: options.storage }),
      })
      if (!options.quiet) session.output.line(`Initialized empty store in ${store.gitDir}`)
    })
}
