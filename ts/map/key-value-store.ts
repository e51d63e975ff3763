import { now } from '../native/call.js'
import type { Chosen, EncodingOptions, Input, KeyEncoding, ValueEncoding } from '../encoding/encoding.js'
import { fromNative } from '../errors/from-native.js'
import { callSite } from '../errors/stack.js'
import { checkFlag, checkOneOf, checkOptions, invalid } from '../options/check.js'
import { type AbortOptions, checkAborted, checkSignal } from '../options/signal.js'
import { KeyValueWriter } from './key-value-writer.js'
import { EntryPacker } from './pack.js'
import type { NativeLoader } from '#native'

/** How to load. */
export interface LoadOptions extends AbortOptions {
  /**
   * What becomes of a key that comes twice with different values: the last one wins (`last`, the default), or the load
   * fails with `AlreadyExistsError` (`error`) and loads nothing.
   */
  readonly onDuplicate?: 'last' | 'error'
  /** Delete every key that is not among the entries, in the same step. */
  readonly replace?: boolean
}

/** What a load did. */
export interface LoadReport {
  /** Entries that were read. */
  readonly entries: number
  /** Distinct keys among them. */
  readonly keys: number
}

const LOAD_NAMES = ['onDuplicate', 'replace', 'signal', 'keyEncoding', 'valueEncoding']

/**
 * A key-value surface that also loads in bulk.
 *
 * @typeParam K - The type of the keys.
 * @typeParam V - The type of the values.
 */
export abstract class KeyValueStore<K, V> extends KeyValueWriter<K, V> {
  /**
   * Loads any number of entries in bounded memory and off the event loop: all of them or, on an error or when it is
   * aborted, none. Sorted entries are the fastest.
   *
   * @param entries - Pairs of key and value, in any order: from a stream, a generator, an array.
   * @param options - What to do with duplicate keys, encodings of this call, and how to give up.
   * @example
   * ```ts
   * import { VersionedKvStore } from 'prollytree'
   *
   * async function* rows(): AsyncGenerator<[string, string]> {
   *   for (let row = 0; row < 1000; row++) yield [`row:${row}`, `value ${row}`]
   * }
   * await using store = await VersionedKvStore.memory()
   * assert.deepEqual(await store.load(rows()), { entries: 1000, keys: 1000 })
   *
   * await store.load([['row:7', 'the only one']], { replace: true })
   * assert.equal(store.count(), 1)
   * ```
   */
  async load<
    KE extends KeyEncoding | undefined = undefined,
    VE extends ValueEncoding | undefined = undefined,
  >(
    entries:
      | Iterable<readonly [key: Input<Chosen<KE, K>>, value: Input<Chosen<VE, V>>]>
      | AsyncIterable<readonly [key: Input<Chosen<KE, K>>, value: Input<Chosen<VE, V>>]>,
    options: LoadOptions & EncodingOptions<KE, VE> = {},
  ): Promise<LoadReport> {
    const site = callSite()
    checkOptions(options, LOAD_NAMES)
    const { onDuplicate = 'last', replace = false, signal } = options
    checkOneOf('onDuplicate', onDuplicate, ['last', 'error'])
    checkFlag('replace', replace)
    checkSignal(signal)
    checkIterable(entries)
    const packer = new EntryPacker(this.handle.transcoders(options))
    this.handle.lifetime.check()
    checkAborted(signal)
    const native = (error: unknown): never => {
      throw fromNative(error, site)
    }
    const loader = this.#loader(onDuplicate === 'error', replace)
    // One page is taken in while the next one is packed.
    let pushing: Promise<void> | undefined
    const push = async (page: Uint8Array): Promise<void> => {
      const before = pushing
      pushing = loader.push(page)
      pushing.catch(() => undefined) // It is awaited below.
      await before?.catch(native)
      checkAborted(signal)
      this.handle.lifetime.check()
    }
    try {
      if (Symbol.iterator in entries) {
        for (const entry of entries) {
          const page = packer.add(entry)
          if (page !== undefined) await push(page)
        }
      } else {
        for await (const entry of entries) {
          const page = packer.add(entry)
          if (page !== undefined) await push(page)
        }
      }
      const page = packer.end()
      if (page !== undefined) await push(page)
      await pushing?.catch(native)
      checkAborted(signal)
      return await loader.finish().catch(native)
    } finally {
      loader.close()
    }
  }

  #loader(refuseDuplicates: boolean, replace: boolean): NativeLoader {
    return now(() => this.handle.native.loader(refuseDuplicates, replace))
  }
}

function checkIterable(entries: unknown): void {
  const walkable = typeof entries === 'object' && entries !== null
  if (!walkable || !(Symbol.iterator in entries || Symbol.asyncIterator in entries)) {
    throw invalid('entries', 'an iterable or an async iterable', entries)
  }
}
