// A string, a bracket, or a run of anything else.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:]+/g

/**
 * The fields of a JSON object by their names, each as it is spelled: what `JSON.parse` would round or order otherwise.
 *
 * @param text A valid compact JSON object.
 */
export function spelledFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let depth = 0
  let name = ''
  let start = 0
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === ':' && depth === 1) {
      name = JSON.parse(text.slice(start, index)) as string
      start = index + 1
    } else if (depth === 1 && (token === ',' || token === '}')) {
      if (index > start) fields.set(name, text.slice(start, index))
      start = index + 1
    }
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    if (depth === 1 && index === 0) start = 1
  }
  return fields
}
