// Symbols that are shown as pictures, and the scripts and blocks whose characters East Asian Width calls wide.
const WIDE =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u
// The narrow forms of some of them, which are there for that.
const NARROW = /^[\uff61-\uffdc]/
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]+$/u
const AS_PICTURE = '\ufe0f'
const PLAIN = /^[ -~]*$/

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * How many columns of a terminal a text takes, which has no control characters.
 *
 * What is seen as one character takes one column, or two if it begins with a wide one (Han, Kana, Hangul and their
 * punctuation, full-width forms, pictures); what only changes others takes none.
 */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment)
  return width
}

/** A text that takes at most so many columns: what is cut ends with an ellipsis. */
export function shortened(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns < 1) return ''
  let kept = ''
  let left = columns - 1
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    kept += segment
  }
  return `${kept}…`
}

function widthOf(grapheme: string): number {
  if (NOTHING.test(grapheme)) return 0
  if (NARROW.test(grapheme)) return 1
  return WIDE.test(grapheme) || grapheme.includes(AS_PICTURE) ? 2 : 1
}
