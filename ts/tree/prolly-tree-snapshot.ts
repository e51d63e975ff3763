import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { KeyValueReader } from '../map/key-value-reader.js'
import { MapHandle, type Transcoders } from '../map/map-handle.js'
import type { AsyncSequence } from '../native/async-sequence.js'
import { Lifetime } from '../native/lifetime.js'
import type { Change } from '../store/change.js'
import { treeDiff, type TreeDiffOptions } from './tree-diff.js'
import type { ProllyTree } from './prolly-tree.js'
import { withSnapshot } from './tree-sides.js'
import type { NativeTreeSnapshot } from '#native'

/**
 * A tree as it was at one moment. What is written to the tree later does not show in it.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export class ProllyTreeSnapshot<K, V> extends KeyValueReader<K, V> implements Disposable {
  /** @internal */
  readonly native: NativeTreeSnapshot
  /** The hash of its root: 64 hexadecimal digits. Trees with equal entries and configurations have equal ones. */
  readonly rootHash: string

  /** @internal */
  constructor(native: NativeTreeSnapshot, parent: Lifetime, transcoders: Transcoders) {
    super(new MapHandle(native.map(), new Lifetime('snapshot', parent), transcoders))
    this.native = native
    this.rootHash = native.rootHash
  }

  /** Whether it can still be read. */
  get isOpen(): boolean {
    return this.handle.lifetime.open
  }

  /**
   * What changed from this snapshot to a newer one, in key order and found as it is asked for. What both share is not
   * read.
   *
   * @param newer - The newer tree.
   * @param options - A range, a limit, encodings, and how to give up.
   */
  diff<KE extends KeyEncoding | undefined = undefined, VE extends ValueEncoding | undefined = undefined>(
    newer: ProllyTree<K, V> | ProllyTreeSnapshot<K, V>,
    options: TreeDiffOptions<Input<Chosen<KE, K>>> & EncodingOptions<KE, VE> = {},
  ): AsyncSequence<Change<Chosen<KE, K>, Chosen<VE, V>>> {
    return treeDiff(this.handle, options, (bounds) =>
      withSnapshot(newer, (to) => this.native.diff(to, bounds)),
    )
  }

  /** Lets go of it. Closing it again does nothing. */
  close(): void {
    if (this.handle.lifetime.close()) this.native.close()
  }

  /** As {@link ProllyTreeSnapshot.close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
