import { shortId } from '../commits.js'
import { usageError } from '../errors.js'
import { formatOption } from '../options.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[names...]', 'a new tag and the revision it names, else HEAD; with -d the tags meant')
    .option('-d, --delete', 'delete tags')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Without arguments lists the tags. A tag never moves; "git tag -a" makes one with a message.

Examples:
  $ git-prolly tag
  $ git-prolly tag v1.0
  $ git-prolly tag v0.9 main~3
  $ git-prolly tag -d v0.9`,
    )
    .action(async (names, options) => {
      const store = await session.store()
      const { output, context } = session
      const { signal } = context
      if (options.delete) {
        if (names.length === 0) throw usageError('which tag is to be deleted?')
        for (const name of names)
          output.line(`Deleted tag ${name} (was ${shortId(await store.deleteTag(name, { signal }))}).`)
        return
      }
      const [name, target, ...rest] = names
      if (rest.length > 0) throw usageError('a new tag takes one name and the revision it names')
      if (name !== undefined) {
        await store.createTag(name, { ...(target !== undefined && { target }), signal })
        return
      }
      for (const tag of await store.tags({ signal }))
        output.line(options.format === 'json' ? JSON.stringify(tag) : tag.name)
    })
}
