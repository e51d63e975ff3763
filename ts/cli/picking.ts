import type { Command } from '@commander-js/extra-typings'
import type { MergeResult, PickOptions } from '../index.js'
import { type Strategy, strategyOption } from './merge-options.js'
import { type Report, settleAndReport } from './merging.js'
import { formatOption, type OutputFormat, wholeNumber } from './options.js'
import { pendingOptions } from './pending.js'
import type { Session } from './session.js'

/** The options of the commands that make a commit from one that is there. */
interface Options {
  readonly mainline?: number | undefined
  readonly message?: string | undefined
  readonly strategy?: Strategy | undefined
  readonly dryRun?: boolean | undefined
  readonly resolve?: boolean | undefined
  readonly format: OutputFormat
}

/** Adds the argument and the options of a command that makes a commit from one that is there. */
export function takesCommit(command: Command, what: string) {
  const pending = pendingOptions(command)
  return command
    .argument('[revision]', what)
    .option(
      '-m, --mainline <number>',
      'of a merge, the parent that its changes are against, from 1 on',
      wholeNumber(1),
    )
    .option('--message <text>', 'the message of the new commit')
    .addOption(strategyOption(command))
    .option('--dry-run', 'only report what would happen')
    .addOption(pending.resolve)
    .addOption(pending.continue)
    .addOption(pending.abort)
    .addOption(formatOption(command))
}

/** Makes the commit and says what came of it; conflicts are listed, and then it throws. */
export async function pickAndReport(
  session: Session,
  { mainline, message, strategy, resolve, dryRun = false, format }: Options,
  words: Pick<Report, 'verb' | 'doing' | 'done'>,
  pick: (options: PickOptions<Buffer, Buffer>) => Promise<MergeResult>,
): Promise<void> {
  const options = {
    ...(mainline !== undefined && { mainline }),
    ...(message !== undefined && { message }),
    ...(strategy && { strategy }),
    ...(resolve && { suspend: true }),
    dryRun,
    signal: session.context.signal,
  }
  const report = { ...words, dryRun, json: format === 'json' }
  await settleAndReport(session, (settling) => pick({ ...options, ...settling }), report)
}
