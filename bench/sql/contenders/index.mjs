import { versionOf } from '../../packages.mjs'

// Who takes part, in the order of the columns; others are compared with the first. Each is a module here, or a storage of
// the program in `../glue`. A process of each is sent lines of JSON and answers each with one:
//
//   open                             {}
//   run(sql)                         {}
//   load(table, rows)                {}: rows in any way it likes; their first column is the key
//   ready                            {}: all are loaded
//   query(sql, parameters, take, budget), change(sql, parameters, budget)
//                                    `take`: 'one' for the only row that there is, 'first' for any of them; a statement with one list of parameters after the other, each a transaction of its own
//   insert(table, transactions, budget)
//                                    so many rows in each transaction
//   diff(changes, budget), merge(ours, theirs, budget)
//                                    what only versions can do: changes are the parameters of {@link UPDATE}
//
// Those with a budget answer `{ nanoseconds, done, answers }`: how long it took, how many operations there was time for within
// the budget, in milliseconds, and a number for what each gave. Whatever fails answers `{ error }`. A module
// exports open(folder): a database with run, load, ready, and prepare(sql), insert(table) and the like, which give functions.
//
// - `name`, `about`: in the tables, and how it is used.
// - `glue`: the storage of the program in `../glue`.
// - `isOurs`, `isOnDisk`, `hasNoIndexes`: what it is.
export const CONTENDERS = [
  { id: 'prollytree-memory', name: 'ours, memory', about: 'prepared statements', isOurs: true },
  {
    id: 'prollytree-git',
    name: 'ours, Git',
    about:
      'prepared statements; a cache of 256 MiB for nodes, as by default; a transaction does not wait for the disk',
    isOurs: true,
    isOnDisk: true,
  },
  {
    id: 'prollytree-rocksdb',
    name: 'ours, RocksDB',
    about:
      'prepared statements; caches of 256 MiB for nodes and 64 MiB for blocks, as by default; does not wait either',
    isOurs: true,
    isOnDisk: true,
  },
  {
    id: 'better-sqlite3',
    name: 'better-sqlite3',
    about: `${versionOf('better-sqlite3')}; prepared statements; a file; WAL, synchronous NORMAL, which does not wait either; a cache of 320 MiB`,
    isOnDisk: true,
  },
  {
    id: 'gluesql-memory',
    name: 'GlueSQL, memory',
    about: '0.20.0, called from Rust, as all but the last; no indexes',
    glue: 'memory',
    hasNoIndexes: true,
  },
  {
    id: 'gluesql-redb',
    name: 'GlueSQL, redb',
    about: '0.20.0; no indexes; each transaction waits for the disk, which it does not let one change',
    glue: 'redb',
    hasNoIndexes: true,
    isOnDisk: true,
  },
  {
    id: 'gluesql-sled',
    name: 'GlueSQL, sled',
    about: '0.20.0; a cache of 320 MiB',
    glue: 'sled',
    isOnDisk: true,
  },
  {
    id: 'gluesql-npm',
    name: 'GlueSQL, npm',
    about: `${versionOf('gluesql')}, the newest there; WebAssembly; in memory; no indexes, no parameters`,
    hasNoIndexes: true,
  },
]

/** How a row of the large table is changed. */
export const UPDATE = 'UPDATE items SET amount = ? WHERE id = ?'
