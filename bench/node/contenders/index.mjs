// Who takes part, in the order of the columns. Each is a module of its own with a default export:
//
//   name              in the tables; others are compared with the first
//   about             the version, and how it is used: forms of keys, caches, what makes a commit durable
//   inMemory          whether nothing of it is on a disk
//   key(text)         the form of keys that it takes as they are; text when left out
//   open(folder, isJson)  a store: see below
//
// A store has methods that take an array and loop over it themselves, so that nothing of the benchmark is in the loop but
// `look`, which reads each value. It leaves out what the library cannot do. All may be asynchronous.
//
//   load(entries)     all entries, in the fastest documented way, waiting for the disk once at the end
//   get(keys, look), getBorrowed(keys, look), getMany(keys, look), scan(look)
//   insert(entries), update(entries), delete(keys)
//                     one call each and committed, that is, seen by other readers, without waiting for the disk
//   insertBatch(entries), updateBatch(entries), deleteBatch(keys)    the same in one call
//   commit(entries)   changes as a batch, and waits until they are safe from a loss of power
//   close()
export const CONTENDERS = [
  'prollytree-rocksdb',
  'prollytree-memory',
  'prollytree-file',
  'prollytree-git',
  'lmdb',
  'classic-level',
  'better-sqlite3',
  'okra-lmdb',
  'prolly-trees',
]

/** The module of a contender. */
export async function contender(id) {
  return { id, ...(await import(`./${id}.mjs`)).default }
}
