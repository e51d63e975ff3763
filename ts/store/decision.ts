import type { Transcoder } from '../encoding/transcoder.js'
import { invalid } from '../options/check.js'
import type { PageWriter } from '../packed/page-writer.js'
import { DELETE, TAKE_DESTINATION, TAKE_SOURCE } from './merge-conflict.js'

/** What the addon is told instead of a value. */
const WORDS = new Map<unknown, string>([
  [DELETE, 'delete'],
  [TAKE_SOURCE, 'source'],
  [TAKE_DESTINATION, 'destination'],
])

/** What becomes of a conflict, ready to be written: a word and, when that is "put", a value. */
export function decisionOf(resolution: unknown, values: Transcoder, argument: string) {
  if (resolution === undefined)
    throw invalid(argument, 'a value, DELETE, TAKE_SOURCE or TAKE_DESTINATION', resolution)
  const word = WORDS.get(resolution)
  const plain = word === undefined ? values.plain(resolution, argument) : undefined
  return {
    write(page: PageWriter): void {
      page.field(word ?? 'put', 'decision')
      if (plain === undefined) page.absent()
      else page.field(plain, argument)
    },
  }
}
