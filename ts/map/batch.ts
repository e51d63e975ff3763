import { addon } from '../native/addon.js'
import type { Transcoders } from './map-handle.js'
import { EntryPacker, iterable } from './pack.js'
import type { NativeBatch } from '#native'

/** Packs entries into a batch for the addon. What is walked over is code of the user. */
export function packBatch(entries: unknown, transcoders: Transcoders): NativeBatch {
  const batch = new (addon().NativeBatch)()
  const packer = new EntryPacker(transcoders)
  // The batch copies each page, so the packer may write the next one into the same memory.
  const append = (page: Uint8Array | undefined): void => {
    if (page !== undefined) batch.append(page)
  }
  for (const entry of iterable('entries', entries)) append(packer.add(entry))
  append(packer.end())
  return batch
}
