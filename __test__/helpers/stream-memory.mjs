// Streams a long value into a tree and out of it, and says what memory that took at most, in bytes.
import { createHash, randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FileNodeStorage, ProllyTree } from '../../dist/index.js'

const [folder, megabytes] = process.argv.slice(2)

function peak() {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return 1024 * Number(kibibytes)
}

const given = createHash('sha256')
function* film() {
  for (let megabyte = 0; megabyte < Number(megabytes); megabyte++) {
    const bytes = randomFillSync(Buffer.allocUnsafeSlow(1024 * 1024))
    given.update(bytes)
    yield bytes
  }
}

const before = peak()
const storage = await FileNodeStorage.open(folder)
const tree = ProllyTree.create({ storage })
await pipeline(Readable.from(film()), tree.createWriteStream('film'))
const written = peak()
const taken = createHash('sha256')
let length = 0
await pipeline(
  tree.createReadStream('film'),
  new Writable({
    write(chunk, _encoding, callback) {
      length += chunk.length
      taken.update(chunk)
      callback()
    },
  }),
)
tree.close()
storage.close()
const same = given.digest('hex') === taken.digest('hex')
process.stdout.write(JSON.stringify({ same, length, before, written, read: peak() }))
