import type { Option } from '@commander-js/extra-typings'

/** An option by its long name, and its value; empty for one that takes none. */
export type GivenOption = readonly [name: string, value: string]

/** What words on a command line are. */
export interface Words {
  readonly operands: string[]
  readonly options: GivenOption[]
  /** The option whose value comes next. */
  readonly open?: string
  /** "--" was typed: nothing that follows is an option. */
  readonly ended: boolean
}

/**
 * Tells operands from options and their values, on a command line that may not be whole yet.
 *
 * @param first All from the first operand on are operands, as with options that stand before a command.
 */
export function splitWords(words: readonly string[], known: readonly Option[], first = false): Words {
  const operands: string[] = []
  const options: GivenOption[] = []
  let open: string | undefined
  let ended = false
  for (const word of words) {
    if (open !== undefined) {
      options.push([open, word])
      open = undefined
    } else if (ended || !word.startsWith('-') || (first && operands.length > 0)) {
      operands.push(word)
    } else if (word === '--') {
      ended = true
    } else {
      const [flag = '', value] = word.split(/=([^]*)/)
      const option = known.find(({ short, long }) => flag === short || flag === long)
      const name = option?.long ?? flag
      if (option?.required && value === undefined) open = name
      else options.push([name, value ?? ''])
    }
  }
  return { operands, options, ended, ...(open !== undefined && { open }) }
}
