import type { MapHandle } from '../map/map-handle.js'
import { foreign } from '../native/call.js'
import { invalid } from '../options/check.js'
import { checkAborted } from '../options/signal.js'
import { PageReader } from '../packed/page-reader.js'
import { PageWriter } from '../packed/page-writer.js'
import { decodeConflict, decodeRowConflict } from './decode.js'
import { decisionOf } from './decision.js'
import {
  type ConflictResolution,
  type ConflictResolver,
  DELETE,
  isRow,
  type MergeConflict,
  type RowConflict,
  type RowResolver,
  TAKE_DESTINATION,
  TAKE_SOURCE,
} from './merge-conflict.js'
import { LISTED, refuseListed } from './refuse-conflicts.js'
import type { NativeMerge, NativeMergeOutcome, NativeTreeMerge } from '#native'

/** Conflicts that are in memory at once. */
const PAGE = 256

/** What settles conflicts. */
interface Resolvers<K, V> {
  readonly resolve?: ConflictResolver<K, V> | undefined
  readonly resolveRow?: RowResolver | undefined
}

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
  async next(limit: number): Promise<(MergeConflict<K, V> | RowConflict)[]> {
    checkAborted(this.#signal)
    this.#handle.lifetime.check()
    const page = await this.#native.nextConflicts(limit)
    const reader = new PageReader(6)
    reader.open(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
    return foreign(this.#handle.lifetime, () => {
      const conflicts: (MergeConflict<K, V> | RowConflict)[] = []
      while (reader.advance())
        conflicts.push(reader.has(0) ? decodeRowConflict(reader) : decodeConflict<K, V>(reader, this.#handle))
      return conflicts
    })
  }

  /** Settles all conflicts. Those that there is no resolver for are listed, and end the merge. */
  async resolve({ resolve, resolveRow }: Resolvers<K, V>): Promise<void> {
    const decisions = new PageWriter(2)
    for (;;) {
      const conflicts = await this.next(resolve && resolveRow ? PAGE : LISTED + 1)
      if (conflicts.length === 0) return
      const unsettled = conflicts.filter((conflict) => !(isRow(conflict) ? resolveRow : resolve))
      refuseListed(unsettled, 'choose a strategy or resolve them')
      decisions.clear()
      for (const conflict of conflicts) {
        // One after the other: a resolver may ask a person.
        await foreign(this.#handle.lifetime, async () => {
          if (isRow(conflict)) this.#writeRow(decisions, await resolveRow?.(conflict))
          else this.#write(decisions, (await resolve?.(conflict)) as ConflictResolution<V>)
        })
        checkAborted(this.#signal)
      }
      await this.#native.resolve(decisions.finish())
    }
  }

  /** Settles all conflicts by taking one side. Nothing of them is decoded. */
  async takeAll(side: 'source' | 'destination'): Promise<void> {
    const reader = new PageReader(6)
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

  #writeRow(decisions: PageWriter, value: unknown): void {
    if (value !== DELETE && value !== TAKE_SOURCE && value !== TAKE_DESTINATION)
      throw invalid('the answer of resolveRow', 'DELETE, TAKE_SOURCE or TAKE_DESTINATION', value)
    decisions.begin()
    decisionOf(value, this.#handle.values, 'the answer of resolveRow').write(decisions)
  }

  #write(decisions: PageWriter, value: ConflictResolution<V>): void {
    const decision = decisionOf(value, this.#handle.values, 'the answer of resolve')
    decisions.begin()
    decision.write(decisions)
  }
}
