// Imported before a program: says as it ends what memory it took at most, in MiB.
import { readFileSync, writeSync } from 'node:fs'

process.on('exit', () => {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  writeSync(2, `peak ${Math.round(Number(kibibytes) / 1024)}\n`)
})
