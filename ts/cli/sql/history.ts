import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import type { Context } from '../context.js'
import { codeOf } from '../errors.js'

/** So many lines are remembered. */
const LINES_MAX = 1000
/** Only the user reads it: statements hold data. */
const MODE = 0o600

/** The lines typed into shells, in a file that all shells of a user share. */
export class History {
  readonly #path: string | undefined
  /** The lines of earlier shells, the newest first. */
  readonly lines: readonly string[]

  private constructor(path: string | undefined, lines: readonly string[]) {
    this.#path = path
    this.lines = lines
  }

  /**
   * Reads the file that `PROLLY_SQL_HISTORY` names (nothing is kept where that is empty), else the one in the user's folder for
   * state, as the XDG Base Directory Specification has it.
   */
  static async read(context: Context): Promise<History> {
    const path = pathOf(context)
    if (path === undefined) return new History(undefined, [])
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return ''
      throw error
    })
    const lines = text.split('\n').filter((line) => line !== '')
    const kept = lines.slice(-LINES_MAX)
    // Not at each line, so that shells side by side lose little.
    if (lines.length > 2 * LINES_MAX) await writeFile(path, `${kept.join('\n')}\n`, { mode: MODE })
    return new History(path, kept.toReversed())
  }

  /** No history: nothing is remembered. */
  static none(): History {
    return new History(undefined, [])
  }

  /** Remembers a line. */
  async add(line: string): Promise<void> {
    if (this.#path === undefined || line.trim() === '') return
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    await appendFile(this.#path, `${line}\n`, { mode: MODE })
  }
}

function pathOf({ env }: Context): string | undefined {
  const { PROLLY_SQL_HISTORY: named, XDG_STATE_HOME: state } = env
  if (named !== undefined) return named === '' ? undefined : named
  const home =
    state !== undefined && isAbsolute(state) ? state : join(env.HOME ?? homedir(), '.local', 'state')
  return join(home, 'git-prolly', 'sql-history')
}
