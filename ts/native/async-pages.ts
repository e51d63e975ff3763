import { fromNative } from '../errors/from-native.js'
import type { CallSite } from '../errors/stack.js'
import { checkAborted } from '../options/signal.js'
import { PageReader } from '../packed/page-reader.js'
import { nextRecords, type PageSource, type Pages } from './page-source.js'

const MOST_BYTES = 256 * 1024

/**
 * Walks over pages that are made off the event loop, one page ahead of the consumer from the third on.
 *
 * The source is closed when the consumer stops, for whatever reason.
 */
export async function* asyncPages<T>(
  pages: Pages<T>,
  site: CallSite,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, undefined, undefined> {
  let left = pages.limit
  if (left === 0) return undefined
  const source = await open(pages, site, signal)
  let ahead: Promise<Uint8Array> | undefined
  try {
    const reader = new PageReader(pages.fields)
    let asked = 0
    const fetch = (): Promise<Uint8Array> => {
      asked = Math.min(nextRecords(asked), left)
      return source.fillAsync(asked, MOST_BYTES)
    }
    while (left > 0) {
      const page = await (ahead ?? fetch()).catch((error: unknown) => {
        throw fromNative(error, site)
      })
      ahead = undefined
      reader.open(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
      left -= reader.remaining
      if (reader.last) left = 0
      else if (asked > 1 && left > 0) {
        ahead = fetch()
        // It is awaited in the next round, or never, when the consumer stops here.
        ahead.catch(() => {})
      }
      while (reader.advance()) {
        yield pages.decode(reader)
        checkAborted(signal)
        pages.check()
      }
    }
    return undefined
  } finally {
    source.close()
  }
}

async function open<T>(
  pages: Pages<T>,
  site: CallSite,
  signal: AbortSignal | undefined,
): Promise<PageSource> {
  checkAborted(signal)
  try {
    pages.check()
    return await pages.open()
  } catch (error) {
    throw fromNative(error, site)
  }
}
