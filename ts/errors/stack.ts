import { fileURLToPath } from 'node:url'

const folderUrl = new URL('..', import.meta.url).href
const folderPath = fileURLToPath(folderUrl)

/** Where an asynchronous method was called, so that its error can say so. */
export interface CallSite {
  readonly stack: string
}

/** Remembers the present stack. Cost: about a microsecond; it becomes text only when an error needs it. */
export function callSite(): CallSite {
  const site = { stack: '' }
  Error.captureStackTrace(site, callSite)
  return site
}

/**
 * Makes the stack of `error` begin at the caller of this library: at `site`, or where the error was made.
 */
export function pointAtCaller(error: Error, site: CallSite = { stack: error.stack ?? '' }): void {
  const header = `${error.name}: ${error.message}`
  const frames = site.stack.split('\n').filter((line) => line.startsWith('    at '))
  const first = frames.findIndex((line) => !isOurs(line))
  const outside = first < 0 ? frames : frames.slice(first)
  Object.defineProperty(error, 'stack', {
    value: [header, ...outside].join('\n'),
    writable: true,
    configurable: true,
  })
}

function isOurs(line: string): boolean {
  return line.includes(folderUrl) || line.includes(folderPath)
}
