import { ChangeCount } from '../changes.js'
import { counted } from '../counted.js'
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
      const status = await store.status({ signal: session.context.signal })
      await store.discard()
      if (options.quiet) return
      if (status.clean) {
        session.notify('nothing was staged')
        return
      }
      const count = ChangeCount.of(status)
      session.notify(`dropped changes to ${counted(count.total, 'key')}: ${count.details}`)
    })
}
