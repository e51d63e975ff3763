import { ProllyError } from '../errors/prolly-error.js'
import type { Lifetime } from '../native/lifetime.js'
import type { SqlValueOptions } from './values.js'
import type { NativeSql } from '#native'

/** What statements run on: a native connection, and others beside it for what runs off the event loop. */
export class Connection {
  readonly native: NativeSql
  readonly lifetime: Lifetime
  readonly options: SqlValueOptions
  readonly #open: (() => NativeSql) | undefined
  readonly #idle: NativeSql[] = []
  #queue: Promise<unknown> = Promise.resolve()

  /**
   * @param open - Opens another connection to the same; left out where all statements belong to one transaction.
   */
  constructor(native: NativeSql, lifetime: Lifetime, options: SqlValueOptions, open?: () => NativeSql) {
    this.native = native
    this.lifetime = lifetime
    this.options = options
    this.#open = open
  }

  /** The same with other options for values. */
  with(options: SqlValueOptions): Connection {
    return new Connection(this.native, this.lifetime, { ...this.options, ...options }, this.#open)
  }

  /** Works off the event loop: on a connection of its own, or within a transaction when what came before is done. */
  async aside<T>(work: (native: NativeSql) => Promise<T>): Promise<T> {
    if (this.#open === undefined) {
      const turn = this.#queue.then(() => work(this.native))
      this.#queue = turn.catch(() => {})
      return turn
    }
    const native = this.#idle.pop() ?? this.#open()
    try {
      return await work(native)
    } finally {
      if (this.lifetime.open) this.#idle.push(native)
      else native.close()
    }
  }

  /** A connection for a transaction off the event loop. */
  another(): NativeSql {
    if (this.#open === undefined) {
      throw new ProllyError('PROLLY_UNSUPPORTED', 'a transaction within a transaction: use savepoints')
    }
    return this.#open()
  }

  /** Lets go of all connections. */
  close(): void {
    this.native.close()
    for (const native of this.#idle.splice(0)) native.close()
  }
}
