import type { MapHandle } from '../map/map-handle.js'
import { foreign } from '../native/call.js'
import { checkAborted } from '../options/signal.js'
import { PageReader } from '../packed/page-reader.js'
import { PageWriter } from '../packed/page-writer.js'
import { decodeConflict } from './decode.js'
import { decisionOf } from './decision.js'
import type { ConflictResolution, ConflictResolver, MergeConflict } from './merge-conflict.js'
import type { NativeMerge, NativeMergeOutcome, NativeTreeMerge } from '#native'

/** Conflicts that are in memory at once. */
const PAGE = 256

/** A merge under way: conflicts come out of the addon in pages, decisions go back in pages. */
export class MergeSession<K, V> {
  readonly #native: NativeMerge | NativeTreeMerge
  readonly #handle: MapHandle
  readonly #signal: AbortSignal | undefined

  constructor(native: NativeMerge | NativeTreeMerge, handle: MapHandle, signal: AbortSignal | undefined) {
    this.#native = native
    this.#handle = handle
    this.#signal = signal
  }

  /** The next conflicts, which must be settled before more are asked for; none when there are no more. */
  async next(limit: number): Promise<MergeConflict<K, V>[]> {
    checkAborted(this.#signal)
    this.#handle.lifetime.check()
    const page = await this.#native.nextConflicts(limit)
    const reader = new PageReader(5)
    reader.open(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
    return foreign(this.#handle.lifetime, () => {
      const conflicts: MergeConflict<K, V>[] = []
      while (reader.advance()) conflicts.push(decodeConflict(reader, this.#handle))
      return conflicts
    })
  }

  /** Settles all conflicts. */
  async resolve(resolver: ConflictResolver<K, V>): Promise<void> {
    const decisions = new PageWriter(2)
    for (;;) {
      const conflicts = await this.next(PAGE)
      if (conflicts.length === 0) return
      decisions.clear()
      for (const conflict of conflicts) {
        // One after the other: a resolver may ask a person.
        await foreign(this.#handle.lifetime, async () => this.#write(decisions, await resolver(conflict)))
        checkAborted(this.#signal)
      }
      await this.#native.resolve(decisions.finish())
    }
  }

  /** Settles all conflicts by taking one side. Nothing of them is decoded. */
  async takeAll(side: 'source' | 'destination'): Promise<void> {
    const reader = new PageReader(5)
    const decisions = new PageWriter(2)
    for (;;) {
      checkAborted(this.#signal)
      const page = await this.#native.nextConflicts(PAGE)
      reader.open(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
      if (reader.remaining === 0) return
      decisions.clear()
      for (let left = reader.remaining; left > 0; left--) {
        decisions.begin()
        decisions.field(side, 'decision')
        decisions.absent()
      }
      await this.#native.resolve(decisions.finish())
    }
  }

  /** Commits the merge. */
  finish(): Promise<NativeMergeOutcome> {
    checkAborted(this.#signal)
    return this.#native.finish()
  }

  /** Gives the merge up, unless it is finished. */
  close(): void {
    this.#native.close()
  }

  #write(decisions: PageWriter, value: ConflictResolution<V>): void {
    const decision = decisionOf(value, this.#handle.values, 'the answer of resolve')
    decisions.begin()
    decision.write(decisions)
  }
}
