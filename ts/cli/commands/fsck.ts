import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { counted } from '../counted.js'
import { codeOf, detailsOf, negative } from '../errors.js'
import { Progress } from '../progress.js'
import type { BytesSnapshot, BytesStore, Session } from '../session.js'
import type { CommandModule } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .option('-q, --quiet', 'say nothing when all is well')
    .addHelpText(
      'after',
      `
Reads every entry of every branch and tag and of what is staged, which checks the hash of each node on the way, then
runs "git fsck --strict" over all objects. Each fault is named with what to do; the exit code is then 1. Nothing is
changed.`,
    )
    .action(async (options) => {
      const faults = await faultsOf(session)
      for (const fault of faults) session.output.line(fault)
      if (faults.length > 0) throw negative(`${counted(faults.length, 'fault')} found`)
      if (!options.quiet) session.notify('no faults found')
    })
}

async function faultsOf(session: Session): Promise<string[]> {
  let store: BytesStore
  try {
    store = await session.store()
  } catch (error) {
    // What is staged cannot even be opened.
    if (codeOf(error) !== 'PROLLY_CORRUPTION') throw error
    return [`${text(error)}; to give up what is staged, and nothing else, move that file away`]
  }
  const faults = await faultsOfVersions(store, session)
  return [...faults, ...(await faultsOfObjects(store, session))]
}

/** Reads all that branches, tags and the working state hold. */
async function faultsOfVersions(store: BytesStore, session: Session): Promise<string[]> {
  const progress = new Progress(session.context, 'checking', 'entries')
  const faults: string[] = []
  const commits = new Map<string, string>()
  for (const { name, commit } of [...(await store.branches()), ...(await store.tags())]) {
    if (commit !== undefined && !commits.has(commit)) commits.set(commit, name)
  }
  let count = 0
  const walk = async (name: string, open: () => Promise<BytesSnapshot>): Promise<void> => {
    try {
      const version = await open()
      const maps = [
        version,
        ...(await version.namespaces()).map((namespace) => version.namespace(namespace.name)),
      ]
      for (const map of maps) {
        for await (const _entry of map.entries({ signal: session.context.signal })) progress.update(++count)
      }
      version.close()
    } catch (error) {
      if (session.context.signal.aborted) throw error
      faults.push(
        `${name}: ${text(error)}; get its objects again with "git fetch --refetch" from a healthy copy`,
      )
    }
  }
  try {
    for (const [commit, name] of commits) await walk(name, () => store.at(commit))
    await walk('what is staged', () => store.snapshot())
  } finally {
    progress.done()
  }
  return faults
}

/** What `git fsck` finds: faults of objects, whoever refers to them. */
async function faultsOfObjects(store: BytesStore, session: Session): Promise<string[]> {
  const args = ['--git-dir', store.gitDir, 'fsck', '--strict', '--no-dangling', '--no-progress']
  const env = session.context.env as NodeJS.ProcessEnv
  const child = spawn('git', args, { cwd: session.directory, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part) => (said += part))
  const [status] = (await once(child, 'close')) as [number | null]
  if (status === 0) return []
  const lines = said.split('\n').filter((line) => line !== '')
  return (lines.length > 0 ? lines : [`it ended with ${status}`]).map((line) => `git fsck: ${line}`)
}

function text(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const { subject, reason } = detailsOf(error)
  return typeof subject === 'string' && typeof reason === 'string'
    ? `${subject} is corrupt: ${reason}`
    : message
}
