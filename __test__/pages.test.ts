import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { valueTranscoder } from '../ts/encoding/transcoders.js'
import { PageReader } from '../ts/packed/page-reader.js'
import { PageWriter } from '../ts/packed/page-writer.js'

interface GoldenPage {
  readonly fields: number
  readonly last: boolean
  readonly records: (string | null)[][]
  readonly page: string
}

const golden = JSON.parse(readFileSync(new URL('golden/pages.json', import.meta.url), 'utf8')) as GoldenPage[]
const buffer = valueTranscoder('buffer')

describe.each(golden)('page $page', ({ fields, last, records, page }) => {
  it('is read', () => {
    const reader = new PageReader(fields)
    reader.open(Buffer.from(page, 'hex'))
    expect([reader.remaining, reader.last]).toEqual([records.length, last])
    const read = []
    while (reader.advance()) {
      read.push(
        Array.from(
          { length: fields },
          (_, field) => (reader.read(field, buffer) as Buffer | undefined)?.toString('hex') ?? null,
        ),
      )
    }
    expect(read).toEqual(records)
  })

  it('is written', () => {
    const writer = new PageWriter(fields)
    for (const record of records) {
      writer.begin()
      for (const field of record) {
        if (field === null) writer.absent()
        else writer.field(Buffer.from(field, 'hex'), 'field')
      }
    }
    const written = Buffer.from(writer.finish())
    // Only the addon says that a page is the last one.
    written[2] = last ? 1 : 0
    expect(written.toString('hex')).toBe(page)
  })
})

describe('pages', () => {
  it('of another version or another shape are refused', () => {
    const [first] = golden
    const page = Buffer.from(first?.page ?? '', 'hex')
    expect(() => new PageReader(4).open(page)).toThrow('cannot be read')
    page[0] = 2
    expect(() => new PageReader(first?.fields ?? 0).open(page)).toThrow('version 2')
  })

  it('grow with what they hold', () => {
    const writer = new PageWriter(1)
    const texts = Array.from({ length: 200 }, (_, index) => 'é'.repeat(index * 20))
    for (const text of texts) {
      writer.begin()
      writer.field(text, 'text')
    }
    const reader = new PageReader(1)
    reader.open(Buffer.from(writer.finish()))
    const read = []
    while (reader.advance()) read.push(reader.text(0))
    expect(read).toEqual(texts)
  })
})
