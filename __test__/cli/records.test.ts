import { Buffer } from 'node:buffer'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compactJson } from '../../ts/cli/records/compact-json.js'
import { CsvRows } from '../../ts/cli/records/csv-rows.js'
import { recordText } from '../../ts/cli/records/entry-text.js'
import { Places } from '../../ts/cli/records/places.js'
import { readRecords } from '../../ts/cli/records/read-records.js'
import { parseKeyFields, recordKey } from '../../ts/cli/records/record-key.js'
import { spelledFields } from '../../ts/cli/records/spelled-fields.js'
import { formatOfName, type RecordFormat, type SourceRecord } from '../../ts/cli/records/source-record.js'

async function* chunked(text: string | Uint8Array, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text as string)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function records(
  text: string | Uint8Array,
  format: RecordFormat,
  size?: number,
): Promise<SourceRecord[]> {
  const all: SourceRecord[] = []
  for await (const batch of readRecords(chunked(text, size), format)) all.push(...batch)
  return all
}

const texts = async (text: string | Uint8Array, format: RecordFormat, size?: number) =>
  (await records(text, format, size)).map((record) => String(record.bytes))

describe('NDJSON', () => {
  it('is one record a line, wherever the input is cut', async () => {
    const text = '{"a":1}\n\n  \r\n{"b": "größe \\" }"}\r\n{"c":[1, 2]}'
    for (const size of [1, 2, 3, 5, 8, 13, 1000]) {
      const all = await records(text, 'ndjson', size)
      expect(all.map((record) => String(record.bytes))).toEqual([
        '{"a":1}',
        '{"b":"größe \\" }"}',
        '{"c":[1,2]}',
      ])
      expect(all.map((record) => record.place)).toEqual([1, 4, 5])
    }
  })

  it('keeps numbers, escapes and the order of fields as they are written', async () => {
    const text = '{"z":12345678901234567890,"1":1.0,"e":"\\u00e4\\/"}'
    expect(await texts(text, 'ndjson')).toEqual([text])
  })

  it('may begin with a byte order mark', async () => {
    expect(await texts('\ufeff{"a":1}\n', 'ndjson')).toEqual(['{"a":1}'])
  })

  it.each([
    ['{"a":1}\n{"a":', /^line 2: not valid JSON/],
    ['{"a":1}\n\n[1]\n', /^line 3: not a JSON object/],
    ['null\n', /^line 1: not a JSON object/],
    [Buffer.from([0x7b, 0xff, 0x7d]), /^line 1: not valid UTF-8/],
  ])('names the line of a fault in %j', async (text, message) => {
    await expect(records(text, 'ndjson')).rejects.toThrow(message)
  })
})

describe('JSON arrays', () => {
  it('are read wherever the input is cut', async () => {
    const text = ' [ {"a": "]},{["}, {"b": [1, {"c": "\\\\"}]} ,{} ] \n'
    for (const size of [1, 2, 3, 5, 8, 13, 1000]) {
      const all = await records(text, 'json', size)
      expect(all.map((record) => String(record.bytes))).toEqual([
        '{"a":"]},{["}',
        '{"b":[1,{"c":"\\\\"}]}',
        '{}',
      ])
      expect(all.map((record) => record.place)).toEqual([1, 2, 3])
    }
  })

  it('may be empty', async () => {
    expect(await texts('[]', 'json')).toEqual([])
    expect(await texts(' [ \n ] ', 'json', 1)).toEqual([])
  })

  it('agree with JSON.parse for any array of objects', async () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(
        objects,
        fc.nat({ max: 2 }),
        fc.integer({ min: 1, max: 9 }),
        async (all, indent, size) => {
          const found = await texts(JSON.stringify(all, null, indent), 'json', size)
          expect(found).toEqual(all.map((one) => JSON.stringify(one)))
        },
      ),
    )
  })

  it.each([
    ['', /no JSON array/],
    ['{"a":1}', /no JSON array/],
    ['[{"a":1}', /cut off after record 0/],
    ['[{"a":1},', /cut off after record 1/],
    ['[{"a":1}] x', /goes on after/],
    ['[{"a":1},]', /^record 2: not valid JSON/],
    ['[{"a":1},2]', /^record 2: not a JSON object/],
    ['[{"a":1} {"b":2}]', /^record 1: not valid JSON/],
  ])('are refused when they are %j', async (text, message) => {
    await expect(records(text, 'json')).rejects.toThrow(message)
  })
})

describe('CSV', () => {
  it('is one record a row, with its header as field names', async () => {
    const text = 'id,name\r\n1,"Ada, ""the first"""\r\n2,"two\nlines"\r\n\r\n3,\r\n'
    const all = await records(text, 'csv')
    expect(all.map((record) => String(record.bytes))).toEqual([
      '{"id":"1","name":"Ada, \\"the first\\""}',
      '{"id":"2","name":"two\\nlines"}',
      '{"id":"3","name":""}',
    ])
    expect(all[1]?.field('name')).toBe('two\nlines')
    expect(all[1]?.field('nothing')).toBeUndefined()
  })

  it('keeps columns in their order and takes any name', async () => {
    expect(await texts('b,2,1,__proto__\nx,y,z,p\n', 'csv')).toEqual([
      '{"b":"x","2":"y","1":"z","__proto__":"p"}',
    ])
  })

  it('may be empty', async () => {
    expect(await texts('', 'csv')).toEqual([])
    expect(await texts('id,name\n', 'csv')).toEqual([])
  })

  it.each([
    ['id,name\n1\n', /^line 2: not valid CSV/],
    ['id,name\n1,2\n1,2,3\n', /^line 3: not valid CSV/],
    ['id,id\n', /names "id" twice/],
    ['id,\n', /column 2 of the header has no name/],
    ['id\n"a\n', /not valid CSV/],
    [Buffer.from('id\n\xff\n', 'latin1'), /not valid UTF-8/],
  ])('is refused when it is %j', async (text, message) => {
    await expect(records(text, 'csv')).rejects.toThrow(message)
  })

  it('comes back from the rows that are written', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', ' ', '"', ',', '\n', '\r', '\ufeff', 'ß') })
    const rows = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        const csv = new CsvRows()
        const lines = all.map(([key, value]) => csv.row(Buffer.from(key), Buffer.from(value)))
        const found = await texts([csv.header, ...lines, ''].join('\n'), 'csv')
        expect(found).toEqual(all.map(([key, value]) => JSON.stringify({ key, value })))
      }),
    )
  })

  it('writes records whose fields are strings, and refuses what would not come back', () => {
    const csv = new CsvRows(recordText(['id']))
    const row = (text: string) => csv.row(Buffer.from('1'), Buffer.from(text))
    expect(row('{"id":"1","2":"b"}')).toBe('1,b')
    expect(csv.header).toBe('id,2')
    expect(() => row('{"2":"b","id":"1"}')).toThrow(/fields are not id, 2/)
    expect(() => row('{"id":"1"}')).toThrow(/fields are not id, 2/)
    expect(() => row('{"id":"1","2":3}')).toThrow(/all strings/)
    expect(() => row('{"id":"1","2":"\\u0062"}')).toThrow(/all strings/)
    expect(() => new CsvRows().row(Buffer.from('k'), Buffer.from([0xff]))).toThrow(/only UTF-8/)
  })
})

describe('compact JSON', () => {
  it('is what JSON.stringify gives for what JSON.stringify gave', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(1, 2, '\t'), (value, indent) => {
        expect(compactJson(JSON.stringify(value, null, indent))).toBe(JSON.stringify(value))
      }),
    )
  })
})

describe('keys of records', () => {
  const key = async (text: string, fields: string) => {
    const [record] = await records(text, 'ndjson')
    if (!record) throw new Error('no record')
    return recordKey(record, parseKeyFields(fields))
  }

  it('are their fields joined by slashes', async () => {
    expect(await key('{"id":"a/b"}', 'id')).toBe('a/b')
    expect(await key('{"id":7,"on":true,"name":"x/y"}', 'on,id,name')).toBe('true/7/x/y')
    expect(await key('{"id":-1.5}', 'id')).toBe('-1.5')
  })

  it.each([
    ['{"id":"a"}', 'name', /has no field "name"/],
    ['{"id":"a"}', 'toString', /has no field "toString"/],
    ['{"id":""}', 'id', /is empty/],
    ['{"id":null}', 'id', /neither/],
    ['{"id":{}}', 'id', /neither/],
    ['{"id":12345678901234567890}', 'id', /too large to be exact/],
    ['{"id":"\\ud800"}', 'id', /not valid Unicode/],
    ['{"a":"x/y","b":"z"}', 'a,b', /holds a "\/"/],
  ])('cannot be made of %s by %s', async (text, fields, message) => {
    await expect(key(text, fields)).rejects.toThrow(message)
  })

  it('have names', () => {
    expect(() => parseKeyFields('a,,b')).toThrow(/empty field name/)
  })
})

describe('places', () => {
  it('are remembered where they jump', () => {
    const places = new Places()
    const all = [1, 2, 5, 6, 7, 20, 21]
    for (const place of all) places.add(place)
    expect(all.map((_, index) => places.of(index))).toEqual(all)
    expect(places.count).toBe(7)
  })
})

it('tells the format from a file name', () => {
  expect(formatOfName('a.ndjson')).toBe('ndjson')
  expect(formatOfName('a.JSONL')).toBe('ndjson')
  expect(formatOfName('a/b.json')).toBe('json')
  expect(formatOfName('b.csv')).toBe('csv')
  expect(formatOfName('csv')).toBeUndefined()
})

describe('fields of a record', () => {
  it('are spelled as they were written', () => {
    const text = '{"a":1.10,"b:,{\\"}":"x,:}","n":{"a":[1,{"b":2}]},"e":[],"o":{},"a":12345678901234567890}'
    expect([...spelledFields(text)]).toEqual([
      ['a', '12345678901234567890'],
      ['b:,{"}', '"x,:}"'],
      ['n', '{"a":[1,{"b":2}]}'],
      ['e', '[]'],
      ['o', '{}'],
    ])
    expect(spelledFields('{}').size).toBe(0)
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
    fc.assert(
      fc.property(objects, (object) => {
        const spelled = spelledFields(JSON.stringify(object))
        expect(Object.fromEntries([...spelled].map(([name, value]) => [name, JSON.parse(value)]))).toEqual(
          JSON.parse(JSON.stringify(object)),
        )
      }),
    )
  })

  it('are null in CSV where they are empty and not in quotes, if that is asked for', async () => {
    const text = 'a,b,c\n,"",x\n\n"",,"a "",\nb"\n"a,"",",,\n,,""'
    const read = async (nulls: boolean) => {
      const rows: unknown[][] = []
      for await (const batch of readRecords(chunked(text), 'csv', { nulls })) {
        for (const record of batch) rows.push(record.names.map((name) => record.field(name)))
      }
      return rows
    }
    expect(await read(true)).toEqual([
      [null, '', 'x'],
      ['', null, 'a ",\nb'],
      ['a,",', null, null],
      [null, null, ''],
    ])
    expect(await read(false)).toEqual([
      ['', '', 'x'],
      ['', '', 'a ",\nb'],
      ['a,",', '', ''],
      ['', '', ''],
    ])
  })
})
