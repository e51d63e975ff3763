import { commitLine } from '../commits.js'
import { counted } from '../counted.js'
import { formatOption } from '../options.js'
import type { VersionStatistics } from '../../index.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[revision]', 'the version', 'HEAD')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Counts what a version is made of: entries, the nodes of its tree and their bytes, and how many of these its first parent
has not. Every node is read, values outside their leaf are not.

Examples:
  $ git-prolly stats
  $ git-prolly stats v1.0 --format json`,
    )
    .action(async (revision, options) => {
      const store = await session.store()
      const { signal } = session.context
      const stats = await session.during('counting', () => store.stats(revision, { signal }))
      const { output, style } = session
      if (options.format === 'json') {
        output.line(JSON.stringify({ ...stats, commit: stats.commit.id }))
        return
      }
      output.line(commitLine(stats.commit, style))
      for (const [name, value] of rows(stats)) output.line(`${`${name}:`.padEnd(9)}${value}`)
    })
}

function rows(stats: VersionStatistics): [name: string, value: string][] {
  const { entries, depth, nodes, bytes, levels, outOfLine, newNodes, newBytes } = stats
  const inTree = nodes - outOfLine.nodes
  const shared = inTree === 0 ? 0 : Math.floor((100 * (inTree - newNodes)) / inTree)
  return [
    ['entries', entries.toLocaleString('en')],
    ['depth', counted(depth, 'level')],
    ['nodes', `${nodes.toLocaleString('en')}, ${size(bytes)}`],
    ...levels.map(({ level, nodes: count, bytes: length, mean }): [string, string] => [
      level === 0 ? 'leaves' : `level ${level}`,
      `${count.toLocaleString('en')}, ${size(length)}, ${mean.toFixed(1)} entries each`,
    ]),
    ...(outOfLine.values === 0
      ? []
      : ([
          ['values', `${outOfLine.values.toLocaleString('en')} outside their leaf, ${size(outOfLine.bytes)}`],
        ] as [string, string][])),
    ['new', `${newNodes.toLocaleString('en')}, ${size(newBytes)}: ${shared} % are shared with the parent`],
  ]
}

/** `12.3 KiB`. */
function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit]}`
}
