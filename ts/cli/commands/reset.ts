import { ChangeCount } from '../changes.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .option('-q, --quiet', 'say nothing')
    .addHelpText(
      'after',
      '\nDrops every staged change; the data is again as the last commit left it. This cannot be undone.',
    )
    .action(async (options) => {
      const store = await session.store()
      const count = ChangeCount.of(await store.status({ signal: session.context.signal }))
      await store.discard()
      if (options.quiet) return
      session.notify(count.total === 0 ? 'nothing was staged' : `dropped: ${count}`)
    })
}
