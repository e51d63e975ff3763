import type { Codec } from './codec.js'

/**
 * How keys become bytes: `utf8` (strings, the default), `buffer`, `view`, or a codec of your own.
 *
 * Keys are ordered by their bytes; for `utf8` that is the order of code points.
 */
export type KeyEncoding = 'utf8' | 'buffer' | 'view' | Codec<unknown>

/** How values become bytes: `utf8` (strings, the default), `json`, `buffer`, `view`, or a codec of your own. */
export type ValueEncoding = 'json' | KeyEncoding

/** The type of what an encoding decodes to. */
export type Decoded<E> =
  E extends Codec<infer T>
    ? T
    : E extends 'utf8'
      ? string
      : E extends 'buffer'
        ? Buffer
        : E extends 'view'
          ? Uint8Array
          : unknown

/** What may be written where `T` is read: any bytes for a `Buffer` or `Uint8Array`. */
export type Input<T> = T extends Uint8Array ? Uint8Array : T

/** The type under the encoding `E` of one call, or `T`, that of the store, when the call names none. */
export type Chosen<E, T> = [E] extends [undefined] ? T : Decoded<E>

/**
 * The encodings of one call. Those left out are the store's.
 *
 * @typeParam KE - The encoding of keys.
 * @typeParam VE - The encoding of values.
 */
export interface EncodingOptions<
  KE extends KeyEncoding | undefined = undefined,
  VE extends ValueEncoding | undefined = undefined,
> {
  /** The encoding of keys in this call. */
  readonly keyEncoding?: KE
  /** The encoding of values in this call. */
  readonly valueEncoding?: VE
}
