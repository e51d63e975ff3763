// The command line of a benchmark: what is wrong with it is said in one line, before anything is installed, compiled or run.
import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** The words and options that a benchmark was given. */
export class Arguments {
  /** Values of options by name. */
  values
  words
  #benchmark

  /**
   * Those of this process, which ends when they are wrong or ask for help.
   *
   * @param benchmark - The script that runs it.
   * @param options - As `parseArgs` takes them; `help` is among them.
   */
  constructor(benchmark, options, help) {
    this.#benchmark = benchmark
    try {
      ;({ values: this.values, positionals: this.words } = parseArgs({ allowPositionals: true, options }))
    } catch (error) {
      const [sentence] = error.message.split(/[.\n]/)
      const names = Object.keys(options).map((name) => `--${name}`)
      this.refuse(`${sentence}: options are ${names.join(', ')}`)
    }
    if (this.values.help) {
      console.log(help)
      process.exit()
    }
  }

  /** The parts of an option with commas between them. */
  list(name) {
    return this.values[name].split(',').filter((part) => part !== '')
  }

  /** An option that is a number. */
  number(name, least) {
    const text = this.values[name]
    if (!/^\d+(\.\d+)?$/.test(text) || Number(text) < least) {
      this.refuse(`--${name}=${text}: a number of ${least.toLocaleString('en')} or more`)
    }
    return Number(text)
  }

  /** An option that is a folder which is there. */
  folder(name) {
    const folder = this.values[name]
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      this.refuse(`--${name}=${folder}: no such folder`)
    }
    return folder
  }

  /** Refuses words that no name has. */
  check(what, words, names) {
    for (const word of words) {
      if (!names.some((name) => name.includes(word))) {
        this.refuse(`no ${what} has "${word}" in its name: there are ${names.join(', ')}`)
      }
    }
  }

  refuse(message) {
    console.error(`${this.#benchmark}: ${message}`)
    process.exit(2)
  }
}

/** Whether a name has one of the words, or there are none. */
export function has(name, words) {
  return words.length === 0 || words.some((word) => name.includes(word))
}
