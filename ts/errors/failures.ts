/** As many failures as are kept: all but those that somebody is about to ask for were of no interest to anybody. */
const MOST = 1024

/** What methods of storages threw, until the operation that asked comes out of the addon. */
const failures = new Map<number, unknown>()
let last = 0

/** Keeps what code of the user threw while the addon reports it, and returns the number, from 1 on, that it goes by there. */
export function keepFailure(thrown: unknown): number {
  last = (last % 0xffff_ffff) + 1
  failures.set(last, thrown)
  if (failures.size > MOST) {
    for (const oldest of failures.keys()) {
      failures.delete(oldest)
      break
    }
  }
  return last
}

/** What was kept under a number, which is free again then. */
export function takeFailure(number: number): { readonly thrown: unknown } | undefined {
  if (!failures.has(number)) return undefined
  const thrown = failures.get(number)
  failures.delete(number)
  return { thrown }
}
