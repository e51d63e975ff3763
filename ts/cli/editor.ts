import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError, usageError } from './errors.js'
import type { Session } from './session.js'

const TEMPLATE = `
# Enter the message of the commit. Lines that begin with "#" are left out;
# an empty message gives the commit up.
`

/** Lets the user write a message in Git's editor: `GIT_EDITOR`, `core.editor`, `VISUAL`, `EDITOR`. */
export async function editMessage(session: Session): Promise<string> {
  const { context, directory } = session
  if (context.stdin.isTTY !== true) throw usageError('there is no message: give one with -m or -F')
  const env = context.env as NodeJS.ProcessEnv
  const asked = spawnSync('git', ['var', 'GIT_EDITOR'], { cwd: directory, env, encoding: 'utf8' })
  const editor = asked.status === 0 ? asked.stdout.trim() : (env.VISUAL ?? env.EDITOR ?? 'vi')
  const path = join((await session.store()).gitDir, 'COMMIT_EDITMSG')
  await writeFile(path, TEMPLATE)
  try {
    const child = spawn('sh', ['-c', `${editor} "$@"`, editor, path], {
      stdio: 'inherit',
      env,
      cwd: directory,
    })
    const [status] = (await once(child, 'close')) as [number | null]
    if (status !== 0) throw new CommandError(`the editor ${editor} failed: nothing was committed`)
    const text = await readFile(path, 'utf8')
    return text
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n')
      .trim()
  } finally {
    await rm(path, { force: true })
  }
}
