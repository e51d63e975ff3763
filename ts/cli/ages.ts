import { usageError } from './errors.js'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const UNITS: Readonly<Record<string, number>> = {
  second: 1000,
  minute: MINUTE,
  hour: 60 * MINUTE,
  day: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
  year: 365 * DAY,
}
/** Older than any store. */
const NEVER = 1_000 * 365 * DAY

/**
 * How many milliseconds ago a moment is, spelled as Git's options spell it: "now", "never", "2.weeks.ago", "3 days ago",
 * "2026-11-23", "2026-11-23T14:52:37Z".
 */
export function ageOf(option: string, text: string, now = Date.now()): number {
  if (text === 'now' || text === 'all') return 0
  if (text === 'never') return NEVER
  const [, count, unit] = /^(\d+)[. ]([a-z]+?)s?(?:[. ]ago)?$/.exec(text) ?? []
  const length = unit === undefined ? undefined : UNITS[unit]
  if (count !== undefined && length !== undefined) return Number(count) * length
  const moment = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(moment)) {
    throw usageError(
      `${option} takes "now", "never", an age such as "2.weeks.ago" or a date such as 2026-11-23, not ${JSON.stringify(text)}`,
    )
  }
  return Math.max(0, now - moment)
}
