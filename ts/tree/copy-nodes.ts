import { AbortedError } from '../errors/aborted-error.js'
import { addon } from '../native/addon.js'
import { change } from '../native/call.js'
import type { Lifetime } from '../native/lifetime.js'
import { checkName, checkOptions, invalid } from '../options/check.js'
import { type AbortOptions, checkAborted, checkSignal } from '../options/signal.js'
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
  checkSignal(signal)
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalid('options.onProgress', 'a function', onProgress)
  }
  const cancellation = new (addon().NativeCancellation)()
  let thrown: { readonly error: unknown } | undefined
  const tell = (progress: CopyReport): void => {
    if (thrown) return
    try {
      onProgress?.(progress)
    } catch (error) {
      thrown = { error }
      cancellation.cancel()
    }
  }
  const cancel = (): void => cancellation.cancel()
  const copy = (): Promise<CopyReport> => {
    signal?.addEventListener('abort', cancel, { once: true })
    return source.native.copyTo(target.native, rootHash, cancellation, onProgress && tell)
  }
  try {
    const report = await change(source.lifetime, signal, () => change(target.lifetime, undefined, copy))
    tell(report)
    if (!thrown) return report
  } catch (error) {
    if (!thrown && error instanceof AbortedError) checkAborted(signal)
    if (!thrown) throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
  throw thrown.error
}
