import { invalid } from '../options/check.js'
import type { PackedRange } from '../options/range.js'
import type { NativeCursor, NativeTree, NativeTreeSnapshot } from '#native'

/** A tree or a snapshot, as another one sees it. */
interface Side {
  readonly native: NativeTree | NativeTreeSnapshot
}

/** The snapshot of a tree as it is now, or the snapshot that it is. */
export async function sideOf(tree: Side): Promise<NativeTreeSnapshot> {
  const native = (tree as Partial<Side> | undefined)?.native
  if (native === undefined) throw invalid('tree', 'a ProllyTree or a ProllyTreeSnapshot', tree)
  return 'snapshot' in native ? native.snapshot() : native
}

/** Walks over what changed between two sides, the older of which was made for this. */
export function diffSides(older: NativeTreeSnapshot, newer: NativeTreeSnapshot, bounds: PackedRange): NativeCursor {
  try {
    return older.diff(newer, bounds)
  } finally {
    older.close()
  }
}
