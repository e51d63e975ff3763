// Prints results: as aligned text, or as Markdown.

/** Lines of a table whose first column is text and whose others are figures. */
export function table(heading, rows, markdown) {
  if (markdown) {
    const alignment = heading.map((_, column) => (column === 0 ? '---' : '---:'))
    return [heading, alignment, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  }
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column].length)))
  const padded = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))
  return all.map((row) => row.map(padded).join('  ').trimEnd())
}

/** The tables of one session: times, bytes written, and memory. */
export function report(results, tasks, markdown) {
  const { contenders, size, kind } = results
  const [reference] = contenders
  const names = contenders.map(({ name }) => name)
  const part = (title, cell, asked = tasks) => {
    const row = (task) => [task.title, ...contenders.map(({ id }) => cell(task, id))]
    return ['', title, '', ...table(['task', ...names], asked.map(row), markdown)]
  }
  const missing = (task, id) => {
    const reason = results.reason(task, id)
    return reason === undefined ? '-' : `- (${reason})`
  }
  const timed = (task, id) => {
    const time = results.time(task, id)
    const first = results.time(task, reference.id)
    if (time === undefined) return missing(task, id)
    return id === reference.id || first === undefined
      ? nanoseconds(time)
      : `${nanoseconds(time)} (${ratio(time / first)})`
  }
  const counted = (what) => (task, id) => {
    const value = results.median(task, id, what)
    return value === undefined ? missing(task, id) : bytes(value)
  }
  const loads = tasks.filter(({ store }) => store === 'new')
  const lines = [
    ...part(
      `${size.toLocaleString('en')} entries, values ${kind}; in brackets how many times that of ${reference.name}`,
      timed,
    ),
    ...part('written to disk meanwhile', counted('written')),
    ...(loads.length > 0 ? part('files afterwards', counted('size'), loads) : []),
    ...part('peak of the resident memory of the process', counted('memory')),
  ]
  return lines.join('\n')
}

export function nanoseconds(value) {
  return scaled(value, 1000, ['ns', 'us', 'ms', 's'])
}

export function bytes(value) {
  return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB'])
}

export function ratio(value) {
  return `${figures(value)}x`
}

function scaled(value, step, units) {
  let [rest, unit] = [value, 0]
  for (; rest >= step && unit < units.length - 1; unit++) rest /= step
  return `${unit === 0 && Number.isInteger(rest) ? rest : figures(rest)} ${units[unit]}`
}

/** Three figures at least. */
function figures(value) {
  if (value < 10) return value.toFixed(2)
  return value.toFixed(value < 100 ? 1 : 0)
}
