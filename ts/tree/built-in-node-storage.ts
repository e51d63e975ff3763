import { keyTranscoder } from '../encoding/transcoders.js'
import { change, read } from '../native/call.js'
import { checkName, checkOptionalName, checkOptions, invalid } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import { PageReader } from '../packed/page-reader.js'
import { PageWriter } from '../packed/page-writer.js'
import { NodeStorage } from './node-storage.js'
import type { StoredNode } from './stored-node.js'
import type { NativeStorage } from '#native'

const bytesOf = keyTranscoder('buffer')

/** A storage of this library: everything in it is asynchronous and runs off the event loop. Bytes are copied. */
export abstract class BuiltInNodeStorage extends NodeStorage {
  /** @internal */
  override readonly native: NativeStorage

  /** @internal */
  protected constructor(native: NativeStorage) {
    super()
    this.native = native
  }

  /** As {@link NodeStorage.get}. */
  override async get(address: string, options: AbortOptions = {}): Promise<Buffer | undefined> {
    checkName('address', address)
    const [bytes] = await this.getMany([address], options)
    return bytes
  }

  /** As {@link NodeStorage.getMany}. Nodes are verified. */
  override async getMany(
    addresses: readonly string[],
    options: AbortOptions = {},
  ): Promise<(Buffer | undefined)[]> {
    checkAddresses(addresses)
    checkOptions(options, ['signal'])
    const reader = new PageReader(1)
    reader.open(
      bufferOf(await read(this.lifetime, options.signal, () => this.native.getMany([...addresses]))),
    )
    return addresses.map(() => {
      reader.advance()
      return reader.read(0, bytesOf) as Buffer | undefined
    })
  }

  /** As {@link NodeStorage.hasMany}. */
  override async hasMany(addresses: readonly string[], options: AbortOptions = {}): Promise<boolean[]> {
    checkAddresses(addresses)
    checkOptions(options, ['signal'])
    return read(this.lifetime, options.signal, () => this.native.hasMany([...addresses]))
  }

  /**
   * As {@link NodeStorage.put}.
   *
   * @throws `InvalidArgumentError` when the bytes of one of them are no node, or not that of its address; none is kept then.
   */
  override async put(nodes: readonly StoredNode[], options: AbortOptions = {}): Promise<void> {
    checkOptions(options, ['signal'])
    const page = packNodes(nodes)
    await change(this.lifetime, options.signal, () => this.native.put(page))
  }

  /**
   * As {@link NodeStorage.delete}.
   *
   * @throws `PROLLY_UNSUPPORTED` from a Git repository, which deletes what no branch reaches by itself.
   */
  override async delete(addresses: readonly string[], options: AbortOptions = {}): Promise<void> {
    checkAddresses(addresses)
    checkOptions(options, ['signal'])
    await change(this.lifetime, options.signal, () => this.native.delete([...addresses]))
  }

  /** As {@link NodeStorage.root}. */
  override async root(name: string, options: AbortOptions = {}): Promise<string | undefined> {
    checkName('name', name)
    checkOptions(options, ['signal'])
    return (await read(this.lifetime, options.signal, () => this.native.root(name))) ?? undefined
  }

  /** As {@link NodeStorage.roots}. */
  override async roots(options: AbortOptions = {}): Promise<Map<string, string>> {
    checkOptions(options, ['signal'])
    const reader = new PageReader(2)
    reader.open(bufferOf(await read(this.lifetime, options.signal, () => this.native.roots())))
    const roots = new Map<string, string>()
    while (reader.advance()) roots.set(reader.text(0), reader.text(1))
    return roots
  }

  /** As {@link NodeStorage.compareAndSwapRoot}. */
  override async compareAndSwapRoot(
    name: string,
    expected: string | undefined,
    replacement: string | undefined,
    options: AbortOptions = {},
  ): Promise<boolean> {
    checkName('name', name)
    checkOptionalName('expected', expected)
    checkOptionalName('replacement', replacement)
    checkOptions(options, ['signal'])
    const swap = () => this.native.compareAndSwapRoot(name, expected, replacement)
    return change(this.lifetime, options.signal, swap)
  }

  /** As {@link NodeStorage.sync}. */
  override async sync(options: AbortOptions = {}): Promise<void> {
    checkOptions(options, ['signal'])
    await change(this.lifetime, options.signal, () => this.native.sync())
  }
}

function checkAddresses(addresses: unknown): asserts addresses is readonly string[] {
  if (!Array.isArray(addresses)) throw invalid('addresses', 'an array of addresses', addresses)
  addresses.forEach((address, index) => checkName(`addresses[${index}]`, address))
}

function packNodes(nodes: unknown): Uint8Array {
  if (!Array.isArray(nodes)) throw invalid('nodes', 'an array of nodes', nodes)
  const page = new PageWriter(2)
  nodes.forEach((node: Partial<StoredNode> | null | undefined, index) => {
    checkName(`nodes[${index}].address`, node?.address)
    if (!(node?.bytes instanceof Uint8Array)) {
      throw invalid(`nodes[${index}].bytes`, 'a Uint8Array', node?.bytes)
    }
    page.begin()
    page.field(node.address ?? '', 'address')
    page.field(node.bytes, 'bytes')
  })
  return page.finish()
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
