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
/** Batches that are timed together. */
const BATCHES = 3

/**
 * - `title`: what the tables call it.
 * - `call`: what one call does, where the title is about a part of it.
 * - `method`: what of the store it calls.
 * - `calls`: how many calls are timed together, 1 when left out: a single short one would be at the mercy of what the
 *   processor's caches happen to hold.
 * - `operations`: how many of what its title names they are.
 * - `repeats`: how often it is timed; the median counts. See below.
 * - `store`: `new` for an empty one, `reopened` for one just opened; otherwise it is the one that all tasks share.
 * - `warm`: whether the same is done once before, with another input.
 * - `input`: what the method is called with, of the data and a number that no other call of the task has.
 * - `added`: how many entries the store has more afterwards.
 * - `reads`: how many values it must read.
 */
const load = (id, call, input) => ({
  id,
  call,
  title: `${call}, an entry`,
  input,
  method: 'load',
  store: 'new',
  operations: (size) => size,
  repeats: () => 5,
})

const edit = (id, title, method, input, more) => ({
  id,
  title,
  method,
  input,
  operations: () => SINGLES,
  repeats: () => 5,
  ...more,
})

const get = (id, title, more) => ({
  id,
  title,
  method: 'get',
  warm: true,
  operations: () => GETS,
  reads: () => GETS,
  repeats: () => 9,
  input: (data, number) => data.present(GETS, 10_000 + number),
  ...more,
})

const cold = { store: 'reopened', warm: false, repeats: () => 7 }
const keysOf = (entries) => entries.map(([key]) => key)
const inserts = (data, number) => data.inserts(SINGLES, 1 + number)
const batch = (data, number) => data.inserts(BATCH, 1001 + number)
const updates = (seed) => (data, number) => data.updates(BATCH, seed + number)
const batches = { calls: BATCHES, operations: () => BATCHES }

/**
 * All tasks, in the order of the tables. Those of one group take turns within a repeat: what the first inserts, the last
 * deletes, so that a store keeps its size.
 */
export const GROUPS = [
  [load('load-sorted', 'bulk load, sorted', (data) => data.sorted())],
  [load('load-unsorted', 'bulk load, unsorted', (data) => data.unsorted())],
  [
    get('get', 'get, random', { call: 'get of one' }),
    get('get-borrowed', 'get, random, valid until the next', { method: 'getBorrowed' }),
    get('get-many', 'getMany of 1,000, a key', {
      call: 'getMany of 1,000',
      method: 'getMany',
      calls: GETS / BATCH,
      input: (data, number) => data.distinct(BATCH, 30_000 + number),
    }),
  ],
  [
    {
      id: 'scan',
      title: 'scan of everything, an entry',
      call: 'scan of everything',
      method: 'scan',
      warm: true,
      operations: (size) => size,
      reads: (size) => size,
      repeats: (size) => (size > 100_000 ? 5 : 9),
      input: () => undefined,
    },
  ],
  [
    edit('insert', 'insert, one by one', 'insert', inserts, { call: 'insert of one', added: SINGLES }),
    edit('update', 'update, one by one', 'update', updates(20_000), { call: 'update of one' }),
    edit('delete', 'delete, one by one', 'delete', (...of) => keysOf(inserts(...of)), {
      call: 'delete of one',
      added: -SINGLES,
    }),
  ],
  [
    edit('insert-batch', 'insert, batch of 1,000', 'insertBatch', batch, { ...batches, added: BATCH }),
    edit('update-batch', 'update, batch of 1,000', 'updateBatch', updates(21_000), batches),
    edit('delete-batch', 'delete, batch of 1,000', 'deleteBatch', (...of) => keysOf(batch(...of)), {
      ...batches,
      added: -BATCH,
    }),
  ],
  [
    edit('append', 'append, one by one', 'insert', (data, number) => data.appends(SINGLES, number), {
      call: 'append of one',
      added: SINGLES,
    }),
  ],
  [
    edit(
      'durable-1',
      'durable commit of 1 change',
      'commit',
      (data, number) => data.updates(1, 50_000 + number),
      {
        calls: COMMITS,
        operations: () => COMMITS,
      },
    ),
    edit('durable-1000', 'durable commit of 1,000 changes', 'commit', updates(51_000), batches),
  ],
  // The last, since it leaves all caches empty.
  [
    get('get-cold', 'get, store just opened', {
      ...cold,
      operations: () => COLD_GETS,
      reads: () => COLD_GETS,
      input: (data, number) => data.present(COLD_GETS, 40_000 + number),
    }),
  ],
]

/** All tasks by name. */
export const TASKS = new Map(GROUPS.flat().map((task) => [task.id, task]))
