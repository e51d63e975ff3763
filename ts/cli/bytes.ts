const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const

/** A number of bytes as people read it: "512 bytes", "1.9 MiB". */
export function inBytes(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  let [size, unit] = [bytes / 1024, 0]
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024
    unit++
  }
  return `${size.toFixed(1)} ${UNITS[unit]}`
}
