// What is asked for on the command line.
import { tmpdir } from 'node:os'
import { Arguments, has } from '../arguments.mjs'
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
  const given = new Arguments('bench:node', OPTIONS, HELP)
  const sizes = given.words.filter(isSize).map(Number)
  const words = given.words.filter((word) => !isSize(word))
  const [kinds, contenders] = [given.list('values'), given.list('contenders')]
  // A batch takes as many different keys of a store.
  const small = sizes.find((size) => size < BATCH)
  if (small !== undefined) given.refuse(`a store of ${small}: sizes begin with ${grouped(BATCH)}`)
  given.check('task', words, taskNames)
  given.check('contender', contenders, CONTENDERS)
  if (kinds.length === 0 || kinds.some((kind) => !kindNames.includes(kind))) {
    given.refuse(`--values=${given.values.values}: there are ${kindNames.join(', ')}`)
  }
  return {
    sizes: sizes.length > 0 ? sizes : SIZES,
    kinds,
    words,
    contenders: CONTENDERS.filter((name) => has(name, contenders)),
    folder: given.folder('folder'),
    markdown: given.values.markdown,
  }
}

function isSize(word) {
  return /^\d+$/.test(word)
}

function grouped(number) {
  return number.toLocaleString('en')
}
