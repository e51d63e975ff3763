// What is asked for on the command line: refused in one line before anything is installed or run.
import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { CONTENDERS } from './contenders/index.mjs'
import { KINDS } from './data.mjs'
import { BATCH, TASKS } from './tasks.mjs'

const SIZES = [10_000, 1_000_000]
const kindNames = Object.keys(KINDS)
const taskNames = [...TASKS.keys()]

const HELP = `npm run bench:node -- [size…] [word…] [option…]

  size              entries of a store; ${SIZES.map(grouped).join(' and ')} when left out
  word              only tasks whose names have one of the words; they are
                    ${taskNames.join(' ')}
  --values=…        kinds of values, with commas between them: ${kindNames.join(' ')}; ${kindNames[0]} when left out
  --contenders=…    only contenders whose names have one of these words, with commas between them; they are
                    ${CONTENDERS.join(' ')}
  --folder=…        where the stores are; the system's folder for temporary files when left out
  --markdown        tables as Markdown
  --help            this`

const OPTIONS = {
  values: { type: 'string', default: kindNames[0] },
  contenders: { type: 'string', default: '' },
  folder: { type: 'string', default: tmpdir() },
  markdown: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

/** The options of this process, which ends when they are wrong or ask for help. */
export function readOptions() {
  const { values, positionals } = parsed()
  if (values.help) {
    console.log(HELP)
    process.exit()
  }
  const sizes = positionals.filter(isSize).map(Number)
  const words = positionals.filter((word) => !isSize(word))
  const kinds = list(values.values)
  const contenders = list(values.contenders)
  const { folder, markdown } = values
  // A batch takes as many different keys of a store.
  for (const size of sizes) if (size < BATCH) refuse(`a store of ${size}: sizes begin with ${grouped(BATCH)}`)
  for (const word of words) checkWord('task', word, taskNames)
  for (const word of contenders) checkWord('contender', word, CONTENDERS)
  if (kinds.length === 0 || kinds.some((kind) => !kindNames.includes(kind))) {
    refuse(`--values=${values.values}: there are ${kindNames.join(', ')}`)
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    refuse(`--folder=${folder}: no such folder`)
  return {
    sizes: sizes.length > 0 ? sizes : SIZES,
    kinds,
    words,
    contenders: CONTENDERS.filter((name) => has(name, contenders)),
    folder,
    markdown,
  }
}

/** Whether a name has one of the words, or there are none. */
export function has(name, words) {
  return words.length === 0 || words.some((word) => name.includes(word))
}

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS })
  } catch (error) {
    const [sentence] = error.message.split(/[.\n]/)
    const names = Object.keys(OPTIONS).map((name) => `--${name}`)
    return refuse(`${sentence}: options are ${names.join(', ')}`)
  }
}

function isSize(word) {
  return /^\d+$/.test(word)
}

function checkWord(what, word, names) {
  if (names.some((name) => name.includes(word))) return
  refuse(`no ${what} has "${word}" in its name: there are ${names.join(', ')}`)
}

function refuse(message) {
  console.error(`bench:node: ${message}`)
  process.exit(2)
}

function list(text) {
  return text.split(',').filter((part) => part !== '')
}

function grouped(number) {
  return number.toLocaleString('en')
}
