// What is asked for on the command line.
import { tmpdir } from 'node:os'
import { Arguments, has } from '../arguments.mjs'
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
  const given = new Arguments('bench:sql', OPTIONS, HELP)
  const { values, words } = given
  const rows = Math.floor(given.number('rows', ROWS_MIN))
  values.patience ??= rows < 100_000 ? '0.5' : '10'
  const wanted = given.list('contenders')
  given.check('line', words, lineNames)
  given.check('contender', wanted, contenderNames)
  return {
    rows,
    patience: given.number('patience', 0.1) * 1000,
    lines: LINES.filter(({ id }) => has(id, words)),
    contenders: CONTENDERS.filter(({ id }) => has(id, wanted)),
    folder: given.folder('folder'),
    markdown: values.markdown,
  }
}
