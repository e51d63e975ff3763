import { PassThrough, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { BrokenPipe, Output } from '../../ts/cli/output.js'
import { Sink } from './support/in-process.js'

describe('output', () => {
  it('collects lines and writes them in one piece', async () => {
    const sink = new Sink()
    const output = new Output(sink)
    for (let line = 0; line < 100; line++) output.line(`line ${line}`)
    expect(sink.chunks).toHaveLength(0)
    await output.flush()
    expect(sink.chunks).toHaveLength(1)
    expect(String(sink).split('\n')).toHaveLength(101)
  })

  it('keeps text and bytes in their order', async () => {
    const sink = new Sink()
    const output = new Output(sink)
    output.write('a')
    output.write(Buffer.from([0xff]))
    output.write('b')
    output.write('c')
    await output.flush()
    expect(sink.bytes).toEqual(Buffer.from([0x61, 0xff, 0x62, 0x63]))
    expect(sink.chunks).toHaveLength(3)
  })

  it('waits for a slow reader', async () => {
    const pipe = new PassThrough({ highWaterMark: 16 })
    const output = new Output(pipe)
    output.write('x'.repeat(100_000))
    expect(output.isFull).toBe(true)
    let drained = false
    const done = output.drained().then(() => (drained = true))
    await new Promise(setImmediate)
    expect(drained).toBe(false)
    pipe.resume()
    await done
    expect(output.isFull).toBe(false)
  })

  it('reports a reader that went away as a broken pipe', async () => {
    const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    const output = new Output(new Writable({ write: (_chunk, _encoding, done) => done(broken) }))
    output.line('one')
    await expect(output.flush()).rejects.toThrow(BrokenPipe)
    output.line('two')
    await expect(output.flush()).rejects.toThrow(BrokenPipe)
  })

  it('reports any other fault as it is', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    const output = new Output(new Writable({ write: (_chunk, _encoding, done) => done(full) }))
    output.line('one')
    await expect(output.flush()).rejects.toThrow(/no space/)
  })
})
