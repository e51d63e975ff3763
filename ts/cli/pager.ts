import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Context } from './context.js'

/** A running pager: write to `input`, then await `closed()` before the command ends. */
export interface Pager {
  readonly input: Writable
  closed(): Promise<void>
}

/**
 * The pager's command line, chosen as Git chooses it: `GIT_PAGER`, `core.pager`, `PAGER`, then `less`.
 * Undefined when output should go to the terminal as it is.
 */
export function pagerCommand(context: Context, directory: string, gitDir?: string): string | undefined {
  const command = context.env.GIT_PAGER ?? askGit(context, directory, gitDir) ?? context.env.PAGER ?? 'less'
  return command === '' || command === 'cat' ? undefined : command
}

/** Only Git knows which of its configuration files hold `core.pager` here. */
function askGit(context: Context, directory: string, gitDir: string | undefined): string | undefined {
  const where = gitDir === undefined ? [] : ['--git-dir', gitDir]
  const answer = spawnSync('git', [...where, 'var', 'GIT_PAGER'], {
    cwd: directory,
    env: context.env as NodeJS.ProcessEnv,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return answer.status === 0 ? answer.stdout.trim() : undefined
}

/** Starts a pager on the process's own terminal. */
export function startPager(command: string, context: Context, directory: string): Pager {
  const child = spawn(command, {
    shell: true,
    cwd: directory,
    stdio: ['pipe', 'inherit', 'inherit'],
    // What Git sets: leave at once when the text fits, pass colours through, keep the screen.
    env: { LESS: 'FRX', LV: '-c', ...context.env },
  })
  const ended = once(child, 'close')
  // A pager that cannot be started shows as a closed pipe to whoever writes.
  ended.catch(() => undefined)
  return {
    input: child.stdin,
    async closed() {
      child.stdin.end()
      await ended
    },
  }
}
