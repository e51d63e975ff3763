import type { SqlQueries } from '../../index.js'
import { columnNames } from './schema.js'
import { SHELL_COMMANDS } from './shell-commands.js'

const KEYWORDS =
  `ADD ALL ALTER AND AS ASC AVG BEGIN BETWEEN BOOLEAN BY BYTEA CALL CASE CAST COLUMN COLUMNS COMMIT COUNT CREATE
CROSS DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE END EXISTS FALSE FLOAT FOREIGN FROM GROUP HAVING IF ILIKE IN INDEX
INNER INSERT INT INTERVAL INTO IS JOIN KEY LEFT LIKE LIMIT LIST MAP MAX MIN NOT NULL OF OFFSET ON OR ORDER PRIMARY REFERENCES
RELEASE RENAME ROLLBACK SAVEPOINT SELECT SET SHOW SUM TABLE TABLES TEXT THEN TIME TIMESTAMP TO TRUE UNIQUE UPDATE UUID VALUES
WHEN WHERE`.split(/\s+/)

const TABLES = [
  'GLUE_INDEXES',
  'GLUE_OBJECTS',
  'GLUE_TABLES',
  'GLUE_TABLE_COLUMNS',
  'prolly_branches',
  'prolly_log',
  'prolly_status',
  'prolly_tags',
]

/** Where a table must come. */
const BEFORE_TABLE = /\b(?:from|join|into|update|table)\s+\w*$/i
const PLAIN = /^[\p{L}_][\p{L}\p{N}_$]*$/u

/** What the word before the cursor can be completed to, and that word, as `readline` asks for it. */
export function complete(line: string, queries: SqlQueries): [string[], string] {
  if (/^\s*\.\w*$/.test(line)) {
    const word = line.trimStart()
    return [SHELL_COMMANDS.map(({ name }) => name).filter((name) => name.startsWith(word)), word]
  }
  const [, table, word = ''] = /(?:([\p{L}_][\p{L}\p{N}_$]*)\.)?([\p{L}_][\p{L}\p{N}_$]*)?$/u.exec(line) ?? []
  return [candidates(line, table, word, queries), word]
}

function candidates(line: string, table: string | undefined, word: string, queries: SqlQueries): string[] {
  const columns = columnNames(queries)
  const matching = (names: Iterable<string>) => [...names].filter((name) => name.startsWith(word))
  const plain = (names: Iterable<string>) => matching(names).filter((name) => PLAIN.test(name))
  const allColumns = [...columns.values()].flat()
  // An alias stands for any table.
  if (table !== undefined) return unique(plain(columns.get(table) ?? allColumns))
  const tables = plain([...columns.keys(), ...TABLES])
  if (BEFORE_TABLE.test(line) || /^\s*\.schema\s/.test(line)) return unique(tables)
  const isLower = word !== '' && word === word.toLowerCase()
  const keywords = isLower ? KEYWORDS.map((keyword) => keyword.toLowerCase()) : KEYWORDS
  return unique([...tables, ...plain(allColumns), ...matching(keywords)])
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted()
}
