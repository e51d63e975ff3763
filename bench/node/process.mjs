// What Linux says of processes.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Bytes that this process, with all its threads, has had written to disks so far. */
export function bytesWritten() {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))[1])
}

/** The most memory that this process had resident since {@link forgetPeak}, in bytes. */
export function peakMemory() {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))[1]) * 1024
}

/** Lets the peak begin anew with what is resident now. */
export function forgetPeak() {
  writeFileSync('/proc/self/clear_refs', '5')
}

/** Bytes of the files in a folder. */
export function folderSize(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((bytes, entry) => bytes + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/**
 * Waits until processes do nothing any more: what one store still does behind the scenes, such as to compact its files,
 * is not to slow the next. Gives up after ten seconds.
 */
export async function settled(pids) {
  const ticks = () => pids.map((pid) => processorTicks(pid)).reduce((sum, each) => sum + each, 0)
  let before = ticks()
  for (let attempt = 0; attempt < 500; attempt++) {
    await sleep(20)
    const now = ticks()
    if (now - before <= 1) return
    before = now
  }
}

/** Time of processors that a process has used, in hundredths of a second. */
function processorTicks(pid) {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13)
  return Number(user) + Number(system)
}
