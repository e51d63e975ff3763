// What a contender answers, by which contenders are compared: `glue/src/answer.rs` makes the same numbers.

/** A number for rows, in whatever order they come. */
export function numberOf(rows) {
  let sum = 0
  for (const row of rows) sum = (sum + rowNumber(row)) | 0
  return sum >>> 0
}

/** Of the first row only that it is one is compared: which one comes first is not said. */
export function numberOfFirst(row) {
  return Object.keys(row).length
}

/** One of GlueSQL gives the columns of a row in another order. */
function rowNumber(row) {
  let sum = 1
  for (const name in row) sum = (sum + mixed(cellNumber(row[name]))) | 0
  return mixed(sum)
}

function cellNumber(cell) {
  if (typeof cell === 'number') return (cell % 4294967296) | 0
  if (typeof cell === 'string') return Math.imul(cell.length, 65_537) + cell.charCodeAt(0)
  if (cell === null) return 7
  throw new TypeError(`a ${typeof cell} in a row`)
}

function mixed(number) {
  return Math.imul(number ^ (number >>> 15), 0x85ebca6b)
}
