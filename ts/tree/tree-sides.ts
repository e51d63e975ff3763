import { invalid } from '../options/check.js'
import type { NativeTree, NativeTreeSnapshot } from '#native'

/** A tree or a snapshot, as another one sees it. */
interface Side {
  readonly native: NativeTree | NativeTreeSnapshot
}

/** Works with a snapshot: the one given, or one of the tree as it is now, which lasts until the work is done. */
export async function withSnapshot<T>(
  tree: Side,
  work: (snapshot: NativeTreeSnapshot) => T | Promise<T>,
): Promise<T> {
  const native = (tree as Partial<Side> | undefined)?.native
  if (native === undefined) throw invalid('tree', 'a ProllyTree or a ProllyTreeSnapshot', tree)
  if (!('snapshot' in native)) return work(native)
  const snapshot = await native.snapshot()
  try {
    return await work(snapshot)
  } finally {
    snapshot.close()
  }
}
