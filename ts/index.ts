/**
 * A versioned key-value store for Node.js: branch, commit, diff and merge data, with Git as the commit graph.
 *
 * @packageDocumentation
 */
export type { Codec } from './encoding/codec.js'
export type {
  Chosen,
  Decoded,
  EncodingOptions,
  Input,
  KeyEncoding,
  ValueEncoding,
} from './encoding/encoding.js'
export { json } from './encoding/json.js'
export { AbortedError } from './errors/aborted-error.js'
export { AlreadyExistsError } from './errors/already-exists-error.js'
export { ClosedError } from './errors/closed-error.js'
export { ERROR_CODES, type ErrorCode } from './errors/codes.js'
export { ConflictError, type ConflictKey } from './errors/conflict-error.js'
export { CorruptionError } from './errors/corruption-error.js'
export { InvalidArgumentError } from './errors/invalid-argument-error.js'
export { InvalidProofError } from './errors/invalid-proof-error.js'
export { LockedError } from './errors/locked-error.js'
export { MergeConflictError } from './errors/merge-conflict-error.js'
export { MergePendingError } from './errors/merge-pending-error.js'
export { NotFoundError } from './errors/not-found-error.js'
export { NothingToCommitError } from './errors/nothing-to-commit-error.js'
export { ProllyError, type ProllyErrorOptions } from './errors/prolly-error.js'
export { SqlError, type SqlPosition } from './errors/sql-error.js'
export { StagedChangesError } from './errors/staged-changes-error.js'
export { type IterationOptions, KeyValueReader } from './map/key-value-reader.js'
export { KeyValueStore, type LoadOptions, type LoadReport } from './map/key-value-store.js'
export { KeyValueReaderPromises } from './map/key-value-reader-promises.js'
export { type DeleteRangeOptions, KeyValueWriter } from './map/key-value-writer.js'
export { KeyValueWriterPromises } from './map/key-value-writer-promises.js'
export type { ReadStreamOptions } from './map/value-read-stream.js'
export type { WriteStreamOptions } from './map/value-write-stream.js'
export { RangeIterable } from './map/range-iterable.js'
export { AsyncSequence } from './native/async-sequence.js'
export type { KeyQuery, SingleKey } from './options/key-query.js'
export type { RangeBounds, RangeOptions } from './options/range.js'
export type { ProgressOptions, StageProgress } from './options/progress.js'
export type { AbortOptions } from './options/signal.js'
export type {
  GenerateProofOptions,
  Proven,
  ProveOptions,
  VerifyProofOptions,
  VerifyStoreProofOptions,
} from './proof/proof-options.js'
export { ValueLink } from './proof/value-link.js'
export { verifyProof } from './proof/verify-proof.js'
export { verifyStoreProof } from './proof/verify-store-proof.js'
export { ProllySqlStore, type SqlStoreOptions } from './sql/prolly-sql-store.js'
export type { SqlColumn } from './sql/rows.js'
export { SqlQueries, type SqlResult } from './sql/sql-queries.js'
export { SqlSnapshot } from './sql/sql-snapshot.js'
export { type SqlChanges, SqlStatement } from './sql/sql-statement.js'
export { SqlTransaction } from './sql/sql-transaction.js'
export type {
  SqlInterval,
  SqlParameter,
  SqlParameters,
  SqlPoint,
  SqlValue,
  SqlValueOptions,
} from './sql/values.js'
export type { AddedChange, Change, ModifiedChange, RemovedChange } from './store/change.js'
export type { Author, Commit, Signature } from './store/commit.js'
export type { CommitOptions } from './store/commit-options.js'
export type { Branch, Head, Tag } from './store/head.js'
export { inspectNode, type NodeContents, type StoredEntry } from './store/inspect-node.js'
export { KvNamespace } from './store/kv-namespace.js'
export { KvSnapshot } from './store/kv-snapshot.js'
export { KvTransaction } from './store/kv-transaction.js'
export {
  type ConflictResolution,
  type ConflictResolver,
  DELETE,
  type MergeConflict,
  type NamespaceConflict,
  type RowConflict,
  type RowResolution,
  type RowResolver,
  TAKE_DESTINATION,
  TAKE_SOURCE,
} from './store/merge-conflict.js'
export type { PendingMerge } from './store/pending-merge.js'
export type { NamespaceChange, NamespaceInfo, TableChange } from './store/namespace-info.js'
export type { CloneOptions, InitOptions, OpenOptions, StorageKind } from './store/open-options.js'
export {
  type CheckoutOptions,
  type CreateBranchOptions,
  type CreateTagOptions,
  type DeleteBranchOptions,
  StoreBranches,
} from './store/store-branches.js'
export {
  type DiffOptions,
  type HistoryEntry,
  type HistoryOptions,
  type LogOptions,
  type ReflogEntry,
  StoreHistory,
  type VersionStatistics,
} from './store/store-history.js'
export {
  type MergeOptions,
  type MergeResult,
  type MergeStrategy,
  type PickOptions,
  type RevertOptions,
  StoreMerges,
} from './store/store-merges.js'
export {
  type ContinueOptions,
  type ResolveOptions,
  StorePendingMerges,
} from './store/store-pending-merges.js'
export { StoreNamespaces } from './store/store-namespaces.js'
export { type FetchOptions, type PullOptions, type PushOptions, StoreRemotes } from './store/store-remotes.js'
export { type ResetOptions, type Status, StoreState } from './store/store-state.js'
export {
  type CheckOptions,
  type CheckProgress,
  type CheckReport,
  type StoreFault,
  type StoreGarbage,
  type StoreGarbageOptions,
  StoreUpkeep,
} from './store/store-upkeep.js'
export { type Migration, type TransactOptions, VersionedKvStore } from './store/versioned-kv-store.js'
export {
  type AddWorktreeOptions,
  type LockWorktreeOptions,
  type RemoveWorktreeOptions,
  type Worktree,
  WorktreeManager,
} from './store/worktree-manager.js'
export { EMPTY, STAGED, type Version } from './store/versions.js'
export { type NodeBounds, TREE_CONFIGS, type TreeConfig, type TreeConfigPreset } from './tree/tree-config.js'
export type { Durability } from './tree/durability.js'
export { BuiltInNodeStorage } from './tree/built-in-node-storage.js'
export type { CopyOptions, CopyReport } from './tree/copy-nodes.js'
export { CustomNodeStorage } from './tree/custom-node-storage.js'
export { FileNodeStorage, type FileNodeStorageOptions } from './tree/file-node-storage.js'
export { GitNodeStorage } from './tree/git-node-storage.js'
export { InMemoryNodeStorage } from './tree/in-memory-node-storage.js'
export { type CollectedGarbage, type CollectGarbageOptions, NodeStorage } from './tree/node-storage.js'
export { ProllyTree } from './tree/prolly-tree.js'
export { ProllyTreePromises } from './tree/prolly-tree-promises.js'
export type { ProllyTreeOptions, PublishOptions } from './tree/prolly-tree-options.js'
export { ProllyTreeSnapshot } from './tree/prolly-tree-snapshot.js'
export { ProllyTreeSnapshotPromises } from './tree/prolly-tree-snapshot-promises.js'
export {
  type RocksDBCompression,
  RocksDBNodeStorage,
  type RocksDBNodeStorageOptions,
} from './tree/rocksdb-node-storage.js'
export type { Awaitable, StoredNode } from './tree/stored-node.js'
export type { TreeDiffOptions } from './tree/tree-diff.js'
export type { TreeLeaf, TreePathNode } from './tree/tree-order.js'
export type { TreeMergeOptions, TreeMergeResult } from './tree/tree-merge.js'
export type { DrawOptions, LevelStatistics, TreeStatistics, ValueStatistics } from './tree/tree-statistics.js'
