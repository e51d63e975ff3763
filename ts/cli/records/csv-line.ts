// An empty field is quoted too: a line of nothing but one would read as blank.
const NEEDS_QUOTES = /^$|[",\r\n]|^\s|\s$|^\ufeff/

/** A line of CSV without its line break. A field that is `null` is empty, and not in quotes as an empty text is. */
export function csvLine(fields: readonly (string | null)[]): string {
  return fields.map((field) => (field === null ? '' : quoted(field))).join(',')
}

function quoted(field: string): string {
  return NEEDS_QUOTES.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
