import { styleText } from 'node:util'
import type { Context, OutputStream } from './context.js'

/** The formats of `util.styleText`. */
type Format = Parameters<typeof styleText>[0]

/** When to colour: `auto` is on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`. */
export const COLOR_CHOICES = ['auto', 'always', 'never'] as const
export type ColorChoice = (typeof COLOR_CHOICES)[number]

/** Colours text, or hands it back as it is. */
export type Style = (format: Format, text: string) => string

const plain: Style = (_format, text) => text
const coloured: Style = (format, text) => styleText(format, text, { validateStream: false })

/** The style for text written to `stream`. */
export function styleFor(context: Context, stream: OutputStream, choice: ColorChoice): Style {
  if (choice !== 'auto') return choice === 'always' ? coloured : plain
  const { NO_COLOR, FORCE_COLOR, TERM } = context.env
  if (NO_COLOR) return plain
  if (FORCE_COLOR && FORCE_COLOR !== '0') return coloured
  return stream.isTTY === true && TERM !== 'dumb' ? coloured : plain
}
