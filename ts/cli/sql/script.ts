import { splitStatements } from '../../sql/split.js'
import { codeOf, CommandError, detailsOf } from '../errors.js'
import type { Parameters } from './parameters.js'
import type { Runner } from './runner.js'
import { firstToken } from './tokens.js'

/** A text of statements. */
export interface Script {
  readonly text: string
  /** What it is called in messages: the name of a file; empty for an argument, and for what is typed in. */
  readonly name: string
}

/**
 * Runs the statements of a text in turn, and stops at the first that fails.
 *
 * @throws What the statement threw, with its place in the text.
 */
export async function runScript(script: Script, parameters: Parameters, runner: Runner): Promise<void> {
  const { text } = script
  const { statements, starts, rest } = splitStatements(text)
  const all = rest === '' ? statements : [...statements, rest]
  for (const [index, bound] of parameters.bind(all, true).entries()) {
    const { wrote } = runner
    try {
      await runner.run(bound)
    } catch (error) {
      await runner.flush()
      const start = starts[index] ?? text.length - rest.length
      throw explained(located(error, script, start, all.length > 1), wrote, runner.database.inTransaction)
    }
  }
  await runner.flush()
}

/** Refuses to end within a transaction, whose writes would go without a word. */
export function checkEnded(runner: Runner): void {
  if (!runner.database.inTransaction) return
  throw new CommandError('the last transaction is not ended: what it wrote is dropped', {
    hint: 'COMMIT ends it',
  })
}

/**
 * The error of one of the statements of a text, with its place there.
 *
 * @param start Where the statement begins.
 * @param several Whether the text has others.
 */
export function located(error: unknown, { text, name }: Script, start: number, several: boolean): unknown {
  if (!(error instanceof Error) || !codeOf(error)?.startsWith('PROLLY_')) return error
  const { line, column } = detailsOf(error)
  let place: string | undefined
  if (typeof line === 'number' && typeof column === 'number') {
    const suffix = ` in line ${line}, column ${column}`
    if (error.message.endsWith(suffix)) error.message = error.message.slice(0, -suffix.length)
    const begin = placeOf(text, start)
    place = `line ${begin.line + line - 1}, column ${line === 1 ? begin.column + column - 1 : column}`
  } else if (name !== '' || several) {
    place = `line ${placeOf(text, start + (firstToken(text.slice(start))?.index ?? 0)).line}`
  }
  const prefix = [name, place].filter(Boolean).join(': ')
  if (prefix !== '') error.message = `${prefix}: ${error.message}`
  return error
}

/** Says what is left of the statements before the one that failed. */
function explained(error: unknown, wrote: boolean, inTransaction: boolean): unknown {
  if (!(error instanceof Error) || 'hint' in error) return error
  if (inTransaction) return Object.assign(error, { hint: 'what the transaction wrote before is dropped' })
  return wrote ? Object.assign(error, { hint: 'what the statements before it wrote is staged' }) : error
}

/** The line and column of a place in a text, from 1. */
function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 }
}
