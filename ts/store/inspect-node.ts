import { keyTranscoder } from '../encoding/transcoders.js'
import { addon } from '../native/addon.js'
import { now } from '../native/call.js'
import { invalid } from '../options/check.js'
import { PageReader } from '../packed/page-reader.js'

/** What a node of a store holds for its reader. */
export type NodeContents =
  | { readonly kind: 'entries'; readonly entries: readonly StoredEntry[] }
  | { readonly kind: 'value'; readonly value: Buffer }
  | { readonly kind: 'links' }

/** An entry as a leaf has it. */
export interface StoredEntry {
  /**
   * The id of its namespace, 16 hexadecimal digits, or `catalogue` for the names of namespaces and their ids; left out for the
   * default namespace.
   */
  readonly keyspace?: string
  /** The key. */
  readonly key: Buffer
  /** The value; left out when it is in a node of its own. */
  readonly value?: Buffer
  /** Bytes of the value. */
  readonly length: number
}

/**
 * Reads the bytes of one node, as the Git repository of a store has them: the entries of a leaf, a value that lives outside
 * its leaf, or nothing but links. Needs no store, and follows no link.
 *
 * @param bytes - The bytes.
 * @throws `CorruptionError` when they are no node.
 */
export function inspectNode(bytes: Uint8Array): NodeContents {
  if (!(bytes instanceof Uint8Array)) throw invalid('bytes', 'a Uint8Array', bytes)
  const { kind, page } = now(() => addon().inspectNode(bytes))
  if (kind === 'links') return { kind }
  const reader = new PageReader(4)
  reader.open(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
  const buffers = keyTranscoder('buffer')
  const field = (index: number): Buffer => Buffer.from(reader.read(index, buffers) as Buffer)
  const entries: StoredEntry[] = []
  while (reader.advance()) {
    const value = reader.has(2) ? field(2) : undefined
    if (kind === 'value') return { kind, value: value ?? Buffer.alloc(0) }
    entries.push({
      ...(reader.has(0) && { keyspace: reader.text(0) }),
      key: field(1),
      ...(value && { value }),
      length: value ? value.length : Number(reader.text(3)),
    })
  }
  return { kind: 'entries', entries }
}
