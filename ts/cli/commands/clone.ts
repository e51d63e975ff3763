import type { StageProgress } from '../../index.js'
import { CommandError } from '../errors.js'
import { storageOption } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<url>', 'the store: any address that Git takes')
    .argument('[directory]', "the new folder, else named after the store's")
    .addOption(storageOption(command))
    .option('-q, --quiet', 'say nothing')
    .addHelpText(
      'after',
      `
Runs the git program. A plain "git clone" makes a store just as well; its first write turns it into a repository
without checked-out files.

Examples:
  $ git-prolly clone https://example.org/prices.git
  $ git-prolly clone file:///srv/prices.git copy`,
    )
    .action(async (url, directory, options) => {
      const path = session.path(directory ?? nameOf(url))
      // An address that is a path is seen from the folder the command works in.
      const address = isPath(url) ? session.path(url) : url
      const how = options.storage ? { storage: options.storage } : {}
      const clone = (onProgress: (progress: StageProgress) => void) =>
        session.clone(address, path, { ...how, onProgress })
      const store = await session.during('cloning', clone, options.quiet)
      if (!options.quiet) session.notify(`Cloned into ${path}, on branch ${store.currentBranch ?? '(none)'}`)
    })
}

/** The folder that Git would make: the last part of the address, without `.git`. */
function nameOf(url: string): string {
  const name = url
    .replace(/\/+$/, '')
    .replace(/\/?\.git$/, '')
    .split(/[/:]/)
    .at(-1)
  if (!name) throw new CommandError(`no folder can be named after "${url}": give one`)
  return name
}

/** Neither `scheme://…` nor `host:path`. */
function isPath(url: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(url) && !/^[^/]*:/.test(url)
}
