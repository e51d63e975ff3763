import { change } from '../native/call.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkListener, told } from '../native/told.js'
import { checkName, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import type { NativeStorage } from '#native'

/** What `NodeStorage.copyTo` copied, so far or in all: what the target did not have. */
export interface CopyReport {
  /** Nodes. */
  nodes: number
  /** Bytes of them. */
  bytes: number
}

/** How to copy. Aborting the signal ends the copy at the next request; what was copied by then stays. */
export interface CopyOptions extends AbortOptions {
  /** Is told how far the copy is, now and then and at its end. What it throws ends the copy, which rejects with that. */
  readonly onProgress?: ((progress: CopyReport) => void) | undefined
}

/** A storage, as a copy sees it. */
interface Place {
  readonly native: NativeStorage
  readonly lifetime: Lifetime
}

/**
 * Copies a tree from one storage to another.
 *
 * @internal
 */
export async function copyNodes(
  source: Place,
  target: Place,
  rootHash: string,
  options: CopyOptions,
): Promise<CopyReport> {
  checkName('rootHash', rootHash)
  checkOptions(options, ['signal', 'onProgress'])
  const { signal, onProgress } = options
  checkListener('options.onProgress', onProgress)
  return told(signal, onProgress, async (cancellation, tell) => {
    const copy = (): Promise<CopyReport> => source.native.copyTo(target.native, rootHash, cancellation, tell)
    const report = await change(source.lifetime, signal, () => change(target.lifetime, undefined, copy))
    tell?.(report)
    return report
  })
}
