import { change } from '../native/call.js'
import { Lifetime } from '../native/lifetime.js'
import { checkName, checkOptions } from '../options/check.js'
import type { AbortOptions } from '../options/signal.js'
import type { NativeStorage } from '#native'

/** Keeps the nodes of trees, and the roots that are published under a name. */
export abstract class NodeStorage implements Disposable {
  /** @internal */
  readonly native: NativeStorage
  /** @internal */
  readonly lifetime = new Lifetime('storage')

  /** @internal */
  protected constructor(native: NativeStorage) {
    this.native = native
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return this.lifetime.open
  }

  /**
   * The root hash published under a name; `undefined` when there is none.
   *
   * @param name - The name.
   * @param options - How to give up.
   */
  async root(name: string, options: AbortOptions = {}): Promise<string | undefined> {
    checkName('name', name)
    checkOptions(options, ['signal'])
    return (await change(this.lifetime, options.signal, () => this.native.root(name))) ?? undefined
  }

  /** Lets go of the storage, and closes the trees in it. Closing it again does nothing. */
  close(): void {
    if (this.lifetime.close()) this.native.close()
  }

  /** As {@link NodeStorage.close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
