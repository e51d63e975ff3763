import { usageError } from './errors.js'

/** The name and the address in `Name <address>`. */
export function parseAuthor(text: string): { name: string; email: string } {
  const [, name, email] = /^\s*([^<>]*?)\s*<([^<>]*)>\s*$/.exec(text) ?? []
  if (!name || email === undefined)
    throw usageError(`the author "${text}" is not of the form "Name <address>"`)
  return { name, email }
}
