import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Output } from './output.js'

/** Writes a file beside its final name and moves it there when it is whole. */
export async function intoFile(path: string, write: (output: Output) => Promise<void>): Promise<void> {
  const part = `${path}.${process.pid}.part`
  const stream = createWriteStream(part)
  const output = new Output(stream)
  try {
    await once(stream, 'open')
    await write(output)
    await output.flush()
    stream.end()
    await once(stream, 'close')
    await rename(part, path)
  } catch (error) {
    stream.destroy()
    await rm(part, { force: true })
    // Who asked for a file is told of that one.
    if (error instanceof Error) error.message = error.message.replace(part, path)
    throw error
  }
}
