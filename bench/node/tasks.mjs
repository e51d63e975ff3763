// What is timed. Each task calls one method of a contender's store, with input made outside of the time.

/** Keys of one `getMany`, and changes of one batch. */
export const BATCH = 1000
/** Keys that are got together, one call each: so many that JavaScript runs optimized. */
const GETS = 10_000
/** Keys that are got from a store just opened. */
const COLD_GETS = 1000
/** Changes that are made together, one call each. */
const SINGLES = 1000
/** Commits of one change each that are timed together, since one wait for the disk is much like a throw of dice. */
const COMMITS = 10

/**
 * - `title`: what the tables call it.
 * - `method`: what of the store it calls.
 * - `operations`: how many of what its title names are timed together.
 * - `repeats`: how often it is timed; the median counts.
 * - `store`: `new` for an empty one, `reopened` for one just opened; otherwise it is the one that all tasks share.
 * - `input`: what the method is called with, of the data and the number of the repeat.
 * - `added`: how many entries the store has more afterwards.
 * - `reads`: how many values it must read.
 */
const load = (id, title, input) => ({
  id,
  title,
  input,
  method: 'load',
  store: 'new',
  operations: (size) => size,
  repeats: (size) => (size > 100_000 ? 3 : 7),
})

const edit = (id, title, method, operations, input, added = 0) => ({
  id,
  title,
  method,
  input,
  operations: () => operations,
  added,
  repeats: () => 7,
})

const get = (id, title, more) => ({
  id,
  title,
  method: 'get',
  operations: () => GETS,
  reads: () => GETS,
  repeats: () => 15,
  input: (data, repeat) => data.present(GETS, 100 + repeat),
  ...more,
})

const cold = { operations: () => COLD_GETS, reads: () => COLD_GETS, repeats: () => 7, store: 'reopened' }
const keysOf = (entries) => entries.map(([key]) => key)
const inserts = (data, repeat) => data.inserts(SINGLES, 1 + repeat)
const batch = (data, repeat) => data.inserts(BATCH, 101 + repeat)
const updates = (data, repeat) => data.updates(BATCH, 200 + repeat)

/**
 * All tasks, in the order of the tables. Those of one group take turns within a repeat: what the first inserts, the last
 * deletes, so that a store keeps its size.
 */
export const GROUPS = [
  [load('load-sorted', 'bulk load, sorted, an entry', (data) => data.sorted())],
  [load('load-unsorted', 'bulk load, unsorted, an entry', (data) => data.unsorted())],
  [
    get('get', 'get, random'),
    get('get-borrowed', 'get, random, valid until the next', { method: 'getBorrowed' }),
    get('get-many', 'getMany of 1,000, a key', {
      method: 'getMany',
      operations: () => BATCH,
      reads: () => BATCH,
      input: (data, repeat) => data.distinct(BATCH, 300 + repeat),
    }),
  ],
  [
    get('get-cold', 'get, store just opened', {
      ...cold,
      input: (data, repeat) => data.present(COLD_GETS, 400 + repeat),
    }),
  ],
  [
    {
      id: 'scan',
      title: 'scan of everything, an entry',
      method: 'scan',
      operations: (size) => size,
      reads: (size) => size,
      repeats: (size) => (size > 100_000 ? 5 : 15),
      input: () => undefined,
    },
  ],
  [
    edit('insert', 'insert, one by one', 'insert', SINGLES, inserts, SINGLES),
    edit('update', 'update, one by one', 'update', SINGLES, updates),
    edit('delete', 'delete, one by one', 'delete', SINGLES, (...of) => keysOf(inserts(...of)), -SINGLES),
  ],
  [
    edit('insert-batch', 'insert, batch of 1,000', 'insertBatch', 1, batch, BATCH),
    edit('update-batch', 'update, batch of 1,000', 'updateBatch', 1, updates),
    edit('delete-batch', 'delete, batch of 1,000', 'deleteBatch', 1, (...of) => keysOf(batch(...of)), -BATCH),
  ],
  [
    edit(
      'append',
      'append, one by one',
      'insert',
      SINGLES,
      (data, repeat) => data.appends(SINGLES, 500 + repeat),
      SINGLES,
    ),
  ],
  [
    edit('durable-1', 'durable commit of 1 change', 'commitEach', COMMITS, (data, repeat) =>
      data.updates(COMMITS, 600 + repeat),
    ),
    edit('durable-1000', 'durable commit of 1,000 changes', 'commit', 1, (data, repeat) =>
      data.updates(BATCH, 700 + repeat),
    ),
  ],
]

/** All tasks by name. */
export const TASKS = new Map(GROUPS.flat().map((task) => [task.id, task]))
