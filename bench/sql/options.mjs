// What is asked for on the command line: refused in one line before anything is installed, compiled or run.
import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { has } from '../node/options.mjs'
import { CONTENDERS } from './contenders/index.mjs'
import { LINES } from './lines.mjs'

/** With fewer a range or a batch would be more than all there is. */
const ROWS_MIN = 10_000
const lineNames = LINES.map(({ id }) => id)
const contenderNames = CONTENDERS.map(({ id }) => id)

const HELP = `npm run bench:sql -- [word…] [option…]

  word              only lines whose names have one of the words; they are
                    ${lineNames.join(' ')}
  --rows=…          rows of each large table; 1,000,000 when left out, ${ROWS_MIN.toLocaleString('en')} at least
  --patience=…      seconds that a contender may spend on a line; 10 when left out, 0.5 with fewer than 100,000 rows
  --contenders=…    only contenders whose names have one of these words, with commas between them; they are
                    ${contenderNames.join(' ')}
  --folder=…        where the files are; the system's folder for temporary files when left out
  --markdown        tables as Markdown
  --help            this`

const OPTIONS = {
  rows: { type: 'string', default: '1000000' },
  patience: { type: 'string' },
  contenders: { type: 'string', default: '' },
  folder: { type: 'string', default: tmpdir() },
  markdown: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

/** The options of this process, which ends when they are wrong or ask for help. */
export function readOptions() {
  const { values, positionals: words } = parsed()
  if (values.help) {
    console.log(HELP)
    process.exit()
  }
  const rows = Math.floor(number('rows', values.rows, ROWS_MIN))
  const patience = number('patience', values.patience ?? (rows < 100_000 ? '0.5' : '10'), 0.1)
  const wanted = values.contenders.split(',').filter((word) => word !== '')
  for (const word of words) checkWord('line', word, lineNames)
  for (const word of wanted) checkWord('contender', word, contenderNames)
  const { folder, markdown } = values
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    refuse(`--folder=${folder}: no such folder`)
  return {
    rows,
    patience: patience * 1000,
    lines: LINES.filter(({ id }) => has(id, words)),
    contenders: CONTENDERS.filter(({ id }) => has(id, wanted)),
    folder,
    markdown,
  }
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

function number(name, text, least) {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) < least) {
    refuse(`--${name}=${text}: a number of ${least.toLocaleString('en')} or more`)
  }
  return Number(text)
}

function checkWord(what, word, names) {
  if (names.some((name) => name.includes(word))) return
  refuse(`no ${what} has "${word}" in its name: there are ${names.join(', ')}`)
}

function refuse(message) {
  console.error(`bench:sql: ${message}`)
  process.exit(2)
}
