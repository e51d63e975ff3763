import { readValue } from '../input.js'
import { toText } from '../text.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<file>', 'the file with a node; "-" for standard input')
    .addHelpText(
      'after',
      `
Git calls this, as its configuration value diff.prolly.textconv says, to show the nodes of a commit as lines: so "git diff"
and "git log -p" in a store show keys and values. Of a leaf it prints key, tab, value; keys of a named namespace stand behind
its id in brackets. A value outside its leaf is printed as it is, and a node of links is empty. What is no node is printed
as it is.

Example:
  $ git log -p -1`,
    )
    .action(async (file) => {
      const { inspectNode, CorruptionError } = await session.library()
      const { output } = session
      const bytes = await readValue(file, session)
      try {
        const node = inspectNode(bytes)
        if (node.kind === 'value') output.write(node.value)
        if (node.kind !== 'entries') return
        for (const { keyspace, key, value, length } of node.entries) {
          const place = keyspace === undefined ? '' : `[${keyspace}] `
          output.line(`${place}${toText(key)}\t${value ? toText(value) : `(${length} bytes)`}`)
        }
      } catch (error) {
        if (!(error instanceof CorruptionError)) throw error
        output.write(bytes)
      }
    })
}
