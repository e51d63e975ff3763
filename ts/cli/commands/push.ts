import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[remote]', "the other store: a remote's name or an address", 'origin')
    .argument('[branch]', 'the branch, else the current one')
    .option('-f, --force', 'overwrite what is there, unless it moved since it was last fetched')
    .option('-u, --set-upstream', "make the branch follow the remote's")
    .option('--tags', 'send all tags as well')
    .option('-q, --quiet', 'say nothing')
    .addHelpText(
      'after',
      `
Runs the git program; any Git server can hold the data. Remotes are those of Git: "git remote add origin <url>".
Staged changes are not sent.

Example:
  $ git-prolly push origin main`,
    )
    .action(async (remote, branch, options) => {
      const store = await session.store()
      const how = {
        // An address that is a path is seen from the folder the command works in.
        remote: /^\.{1,2}\//.test(remote) ? session.path(remote) : remote,
        ...(branch !== undefined && { branch }),
        force: options.force ?? false,
        tags: options.tags ?? false,
        setUpstream: options.setUpstream ?? false,
        signal: session.context.signal,
      }
      await session.during('pushing', (onProgress) => store.push({ ...how, onProgress }), options.quiet)
      if (!options.quiet) session.notify(`Pushed ${branch ?? store.currentBranch ?? 'HEAD'} to ${remote}`)
    })
}
