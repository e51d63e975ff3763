import type { EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { checkListener } from '../native/told.js'
import { checkFlag, checkOneOf, checkOptionalName, checkOptions } from '../options/check.js'
import type { ProgressOptions } from '../options/progress.js'
import { checkSignal, type AbortOptions } from '../options/signal.js'
import { checkTreeConfig, type TreeConfig, type TreeConfigPreset } from '../tree/tree-config.js'
import type { NativeOpenOptions } from '#native'

/**
 * How to open a store.
 *
 * @typeParam KE - The encoding of keys.
 * @typeParam VE - The encoding of values.
 */
export interface OpenOptions<
  KE extends KeyEncoding | undefined = undefined,
  VE extends ValueEncoding | undefined = undefined,
>
  extends EncodingOptions<KE, VE>, AbortOptions {
  /** Look for the store in the folder and then upwards, as Git does. */
  readonly discover?: boolean
  /**
   * What survives a loss of power: every write (`full`), every commit (`commit`, the default), or what the operating
   * system happened to write (`off`). The death of the process loses nothing in any of them.
   */
  readonly durability?: 'full' | 'commit' | 'off'
}

/**
 * How to make a store.
 *
 * @typeParam KE - The encoding of keys.
 * @typeParam VE - The encoding of values.
 */
export interface InitOptions<
  KE extends KeyEncoding | undefined = undefined,
  VE extends ValueEncoding | undefined = undefined,
> extends Omit<OpenOptions<KE, VE>, 'discover'> {
  /** The first branch; Git's `init.defaultBranch` or `main` when left out. */
  readonly branch?: string
  /**
   * What decides the shape of the tree, for as long as the store lives: a preset, or numbers; what they leave out is the
   * default.
   */
  readonly config?: TreeConfigPreset | Partial<TreeConfig>
  /** Where it keeps its nodes; `git` when left out. */
  readonly storage?: StorageKind
}

/**
 * How to clone a store.
 *
 * @typeParam KE - The encoding of keys.
 * @typeParam VE - The encoding of values.
 */
export interface CloneOptions<
  KE extends KeyEncoding | undefined = undefined,
  VE extends ValueEncoding | undefined = undefined,
>
  extends Omit<OpenOptions<KE, VE>, 'discover'>, ProgressOptions {
  /** Where the copy keeps its nodes, wherever the original has them; `git` when left out. */
  readonly storage?: StorageKind
}

/**
 * Where a store keeps its nodes: in its Git commits, so that whatever pushes and clones them carries the data; in files, one a
 * node; or in RocksDB, which is the fastest and lets one process in at a time. Commits are in Git in any case.
 */
export type StorageKind = 'git' | 'file' | 'rocksdb'

const STORAGES = ['git', 'file', 'rocksdb']

/**
 * Refuses what is no kind of storage.
 *
 * @internal
 */
export function checkStorageKind(value: unknown): asserts value is StorageKind {
  checkOneOf('storage', value, STORAGES)
}

const COMMON_NAMES = ['keyEncoding', 'valueEncoding', 'durability', 'signal']

/**
 * Checks the options of opening a store, for the addon.
 *
 * @internal
 */
export function checkOpenOptions(
  options: OpenOptions<KeyEncoding | undefined, ValueEncoding | undefined>,
): NativeOpenOptions {
  checkOptions(options, [...COMMON_NAMES, 'discover'])
  checkFlag('discover', options.discover)
  return common(options)
}

/**
 * Checks the options of making a store, for the addon.
 *
 * @internal
 */
export function checkInitOptions(
  options: InitOptions<KeyEncoding | undefined, ValueEncoding | undefined>,
): NativeOpenOptions {
  checkOptions(options, [...COMMON_NAMES, 'branch', 'config', 'storage'])
  const { branch, config, storage } = options
  checkOptionalName('branch', branch)
  if (storage !== undefined) checkStorageKind(storage)
  return {
    ...common(options),
    ...(branch !== undefined && { branch }),
    ...(storage !== undefined && { storage }),
    ...(config !== undefined && { config: checkTreeConfig(config) }),
  }
}

/**
 * Checks the options of cloning a store, for the addon.
 *
 * @internal
 */
export function checkCloneOptions(
  options: CloneOptions<KeyEncoding | undefined, ValueEncoding | undefined>,
): NativeOpenOptions {
  checkOptions(options, [...COMMON_NAMES, 'storage', 'onProgress'])
  const { storage, onProgress } = options
  checkListener('options.onProgress', onProgress)
  if (storage !== undefined) checkStorageKind(storage)
  return { ...common(options), ...(storage !== undefined && { storage }) }
}

function common({ durability, signal }: Pick<OpenOptions, 'durability' | 'signal'>): NativeOpenOptions {
  if (durability !== undefined) checkOneOf('durability', durability, ['full', 'commit', 'off'])
  checkSignal(signal)
  return durability === undefined ? {} : { durability }
}
