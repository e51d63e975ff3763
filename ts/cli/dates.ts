import type { Signature } from '../index.js'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** A moment and the clock that read it, as a {@link Signature} has them. */
type Moment = Pick<Signature, 'date' | 'offsetMinutes'>

/** `Mon Nov 23 14:52:37 2026 +0000`: as Git prints dates, by the clock of whoever signed. */
export function gitDate({ date, offsetMinutes }: Moment): string {
  const local = shifted(date, offsetMinutes)
  const day = `${DAYS[local.getUTCDay()]} ${MONTHS[local.getUTCMonth()]} ${local.getUTCDate()}`
  const time = local.toISOString().slice(11, 19)
  return `${day} ${time} ${local.getUTCFullYear()} ${offset(offsetMinutes, '')}`
}

/** `2026-11-23T14:52:37+00:00`: ISO 8601, by the clock of whoever signed. */
export function isoDate({ date, offsetMinutes }: Moment): string {
  return `${shifted(date, offsetMinutes).toISOString().slice(0, 19)}${offset(offsetMinutes, ':')}`
}

function shifted(date: Date, offsetMinutes: number): Date {
  return new Date(date.getTime() + offsetMinutes * 60_000)
}

function offset(minutes: number, separator: string): string {
  const size = Math.abs(minutes)
  const hours = String(Math.floor(size / 60)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${hours}${separator}${String(size % 60).padStart(2, '0')}`
}
