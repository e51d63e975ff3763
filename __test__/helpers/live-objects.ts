import { setImmediate } from 'node:timers/promises'
import { addon } from '../../ts/native/addon.js'

/** Collects what nobody holds, and lets its finalizers run. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.()
    await setImmediate()
  }
}

/** Live native objects once what nobody holds is collected. */
export async function liveObjects(): Promise<number> {
  await collectGarbage()
  return addon().liveObjects()
}
