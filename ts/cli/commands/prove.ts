import { usageError } from '../errors.js'
import { flags, keysOrRange, rangeFlags } from '../options.js'
import { intoFile } from '../output-file.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[keys...]', 'the keys')
    .option(...rangeFlags.prefix)
    .option(...rangeFlags.gt)
    .option(...rangeFlags.gte)
    .option(...rangeFlags.lt)
    .option(...rangeFlags.lte)
    .option('--at <revision>', 'prove what this version holds, else HEAD')
    .option(...flags.namespace)
    .option(...flags.hex)
    .option(...flags.base64)
    .option('-o, --output <file>', 'write the proof to this file, else to standard output')
    .option('-q, --quiet', 'do not say which root the proof holds for')
    .addHelpText(
      'after',
      `
Whoever trusts the root hash of a commit, its "Prolly-Root", can check with "git-prolly verify" and no store what the
commit holds under the keys; that a key is missing, or that a range has no other keys, is proven too.

Examples:
  $ git-prolly prove user:1 user:2 -o users.proof
  $ git-prolly prove --prefix order: --at v1.0 -o orders.proof`,
    )
    .action(async (keys, options) => {
      const query = keysOrRange(keys, options)
      const { output } = options
      if (output === undefined && session.output.isTerminal) {
        throw usageError('a proof is binary', 'give --output FILE, or send it into a pipe')
      }
      const store = await session.store()
      using version = await store.at(options.at ?? 'HEAD')
      const how = {
        ...(options.namespace !== undefined && { namespace: options.namespace }),
        signal: session.context.signal,
      }
      const proof = await session.during('proving', () => version.prove(query, how), options.quiet)
      if (output === undefined) session.output.write(proof)
      else {
        await intoFile(session.path(output), async (file) => {
          file.write(proof)
        })
      }
      if (!options.quiet) {
        session.notify(`${proof.length} bytes, for the root ${version.rootHash} of commit ${version.commit}`)
      }
    })
}
