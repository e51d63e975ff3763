import type { EncodingOptions, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { invalid } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { NodeStorage } from './node-storage.js'
import type { TreeConfig, TreeConfigPreset } from './tree-config.js'

/**
 * How to make a tree.
 *
 * @typeParam KE - The encoding of keys.
 * @typeParam VE - The encoding of values.
 */
export interface ProllyTreeOptions<
  KE extends KeyEncoding | undefined = undefined,
  VE extends ValueEncoding | undefined = undefined,
> extends EncodingOptions<KE, VE> {
  /** Where its nodes are kept; in memory, when left out. */
  readonly storage?: NodeStorage
  /** What decides its shape: a preset, or numbers; what they leave out is the default. */
  readonly config?: TreeConfigPreset | Partial<TreeConfig>
}

/** How to publish. */
export interface PublishOptions extends AbortOptions {
  /**
   * The root hash that is published under the name now, `null` for none. When it is left out, the one that this tree
   * was opened from or last published as under that name.
   */
  readonly expected?: string | null
}

/**
 * Refuses anything but a storage.
 *
 * @internal
 */
export function checkStorage(storage: unknown): void {
  if (!(storage instanceof NodeStorage)) throw invalid('storage', 'a NodeStorage', storage)
}
