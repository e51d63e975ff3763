// Memory that is given to all who take such options: what ours takes by default, so that none has the larger caches. lmdb
// needs none: the system keeps its pages in memory.
const MIB = 1024 * 1024

/** Of a ProllyTree 256 MiB for nodes and 64 MiB for blocks of RocksDB. */
export const CACHE_BYTES = 320 * MIB

export const WRITE_BUFFER_BYTES = 64 * MIB
