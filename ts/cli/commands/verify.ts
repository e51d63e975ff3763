import { counted } from '../counted.js'
import { negative, usageError } from '../errors.js'
import { readValue } from '../input.js'
import { flags, formatOption, keysOrRange, rangeFlags } from '../options.js'
import { toJsonBytes, toText } from '../text.js'
import type { CommandModule } from './index.js'

const BYTES = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('<proof>', 'the file with the proof; "-" for standard input')
    .argument('[keys...]', 'the keys')
    .option('--root <hash>', 'the root hash that you trust')
    .option('--at <revision>', 'the root hash of this version of the store at hand, instead of --root')
    .option(...rangeFlags.prefix)
    .option(...rangeFlags.gt)
    .option(...rangeFlags.gte)
    .option(...rangeFlags.lt)
    .option(...rangeFlags.lte)
    .option(...flags.namespace)
    .option(...flags.hex)
    .option(...flags.base64)
    .option('-q, --quiet', 'print nothing, only check')
    .addOption(formatOption(command))
    .addHelpText(
      'after',
      `
Give the keys or the range, and the namespace, that the proof was made for: a proof names neither. Prints key, tab, value
of what is there, and for keys one by one the key alone of what is not. Needs no store with --root. Exits with 1 when the
proof does not hold.

Examples:
  $ git-prolly verify users.proof user:1 user:2 --root 0c7ee1…
  $ git-prolly verify orders.proof --prefix order: --at v1.0`,
    )
    .action(async (file, keys, options) => {
      const query = keysOrRange(keys, options)
      if ((options.root === undefined) === (options.at === undefined)) {
        throw usageError('give the root hash with --root, or a version of the store at hand with --at')
      }
      const rootHash = options.root ?? (await rootAt(options.at ?? ''))
      const { context, output } = session
      const proof = await readValue(file, session)
      const { verifyStoreProof } = await session.library()
      const settings = {
        ...BYTES,
        ...(options.namespace !== undefined && { namespace: options.namespace }),
        signal: context.signal,
      }
      let entries: readonly (readonly [Buffer, Buffer | undefined])[]
      if (Array.isArray(query)) {
        const values = await session.during(
          'checking',
          () => verifyStoreProof(rootHash, proof, query, settings),
          options.quiet,
        )
        entries = query.map((key, index) => [key, values[index]])
      } else {
        entries = await session.during(
          'checking',
          () => verifyStoreProof(rootHash, proof, query, settings),
          options.quiet,
        )
      }
      if (options.quiet) return
      for (const [key, value] of entries) {
        if (options.format === 'json') {
          output.line(
            JSON.stringify({ key: toJsonBytes(key), value: value === undefined ? null : toJsonBytes(value) }),
          )
        } else output.line(value === undefined ? toText(key) : `${toText(key)}\t${toText(value)}`)
        if (output.isFull) await output.drained()
      }
      const there = entries.filter(([, value]) => value !== undefined).length
      session.notify(
        Array.isArray(query)
          ? `the proof holds: ${there} of ${counted(entries.length, 'key')} there`
          : `the proof holds: ${counted(there, 'key')} there`,
      )
    })

  /** The root hash of a version of the store at hand. */
  async function rootAt(revision: string): Promise<string> {
    const store = await session.store()
    const { rootHash, id } = await store.commitInfo(revision)
    if (rootHash === undefined) throw negative(`commit ${id} is none of a store: it names no root`)
    return rootHash
  }
}
