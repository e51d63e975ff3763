import { ProllyError } from '../errors/prolly-error.js'
import type { NodeStorage } from '../tree/node-storage.js'
import type { Awaitable } from '../tree/stored-node.js'
import { NODE_CHECKS } from './node-checks.js'
import { ROOT_CHECKS } from './root-checks.js'
import { Mismatch, type Subject } from './subject.js'
import { TREE_CHECKS } from './tree-checks.js'

/**
 * Opens the storage at a place. A place that is named for the first time is empty. One that was opened, and closed, before
 * holds what was published there.
 *
 * @param place - Names the place: letters, digits and hyphens.
 */
export type OpenStorage = (place: string) => Awaitable<NodeStorage>

/** What a storage promises. */
export interface ConformanceOptions {
  /** Whether what was published is there when the place is opened again; `true` by default. */
  readonly persistent?: boolean
  /** Whether `delete` deletes; `true` by default. Otherwise it must be refused with `PROLLY_UNSUPPORTED`. */
  readonly deletes?: boolean
}

/** One of the things that every storage must do. */
export interface StorageCheck {
  /** What must hold, as a sentence. */
  readonly name: string
  /**
   * Checks it, at a place of its own.
   *
   * @throws {@link StorageConformanceError} when it does not hold.
   */
  run(open: OpenStorage, options?: ConformanceOptions): Promise<void>
}

/** A storage does not do what every storage must, or what it promises. */
export class StorageConformanceError extends Error {
  /** The class of the storage. */
  readonly storage: string
  /** The name of the check that failed. */
  readonly check: string

  /**
   * @param storage - The class of the storage.
   * @param check - The name of the check that failed.
   * @param reason - What is the case instead.
   * @param cause - The error below this one, if there is one.
   */
  constructor(storage: string, check: string, reason: string, cause?: unknown) {
    super(`${storage} fails the check "${check}": ${reason}`, cause === undefined ? undefined : { cause })
    this.storage = storage
    this.check = check
  }

  /** The name of the class. */
  override get name(): string {
    return 'StorageConformanceError'
  }
}

/**
 * All checks, for a test runner that shows each by its name.
 *
 * @example
 * ```ts
 * import { InMemoryNodeStorage } from 'prollytree'
 * import { STORAGE_CHECKS } from 'prollytree/testing'
 *
 * for (const { name, run } of STORAGE_CHECKS) {
 *   // With a test runner: it(name, () => run(open))
 *   assert.notEqual(name, '')
 *   await run(() => new InMemoryNodeStorage(), { persistent: false })
 * }
 * ```
 */
export const STORAGE_CHECKS: readonly StorageCheck[] = [...NODE_CHECKS, ...ROOT_CHECKS, ...TREE_CHECKS].map(
  ([name, check], index) => ({
    name,
    run: (open, options) => runCheck({ name, check, index, open, options }),
  }),
)

/**
 * Checks that a storage does what trees need, each time at a new place.
 *
 * @param open - Opens a place.
 * @param options - What the storage promises.
 * @throws {@link StorageConformanceError} of the first check that fails.
 * @example
 * ```ts
 * import { FileNodeStorage } from 'prollytree'
 * import { checkStorageConformance } from 'prollytree/testing'
 *
 * await checkStorageConformance((place) => FileNodeStorage.open(`${folder}/${place}`, { durability: 'off' }))
 * ```
 */
export async function checkStorageConformance(
  open: OpenStorage,
  options?: ConformanceOptions,
): Promise<void> {
  for (const check of STORAGE_CHECKS) await check.run(open, options)
}

/** A check, before it has a storage. */
export type Check = readonly [name: string, check: (subject: Subject) => Promise<void>]

interface Run {
  readonly name: string
  readonly check: Check[1]
  readonly index: number
  readonly open: OpenStorage
  readonly options: ConformanceOptions | undefined
}

async function runCheck({ name, check, index, open, options = {} }: Run): Promise<void> {
  const { persistent = true, deletes = true } = options
  const place = `check-${index}`
  let storage = await open(place)
  const reopen = async (): Promise<NodeStorage> => {
    if (!persistent) return storage
    storage.close()
    storage = await open(place)
    return storage
  }
  const className = storage.constructor.name
  try {
    await check({ storage, reopen, deletes })
  } catch (error) {
    if (error instanceof Mismatch) throw new StorageConformanceError(className, name, error.message)
    const code = error instanceof ProllyError ? ` (${error.code})` : ''
    throw new StorageConformanceError(className, name, `${String(error)}${code}`, error)
  } finally {
    storage.close()
  }
}
