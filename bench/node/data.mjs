// What all contenders hold, made anew from numbers in each process, so that all have the same.

/** The kinds of values: random bytes, and records of about 1 KB that cross as JSON. */
export const KINDS = { 'bytes-100': 100, 'bytes-64': 64, 'json-1k': undefined }

/** Bytes of a key, all of them hexadecimal digits: text, which each contender takes as it is or as its UTF-8. */
export const KEY_BYTES = 24

/** Text that records quote from: random, so that nothing shrinks by compression but what JSON itself adds. */
const TEXT_BYTES = 4 * 1024 * 1024
const QUOTED = 780

/** The entries of a store, by number, and what is asked of them. */
export class Data {
  #text

  /**
   * @param size - Entries of the store.
   * @param kind - One of {@link KINDS}.
   */
  constructor(size, kind) {
    this.size = size
    this.isJson = KINDS[kind] === undefined
    this.valueBytes = KINDS[kind]
    if (this.isJson) this.#text = randomBytes(new Random(1), (TEXT_BYTES * 3) / 4).toString('base64')
  }

  /** The keys of consecutive numbers. Neighbours in number are nowhere near each other in order. */
  keys(first, count) {
    const bytes = Buffer.allocUnsafe((count * KEY_BYTES) / 2)
    for (let index = 0; index < count; index++) {
      for (let word = 0; word < 3; word++) {
        bytes.writeUInt32LE(mix(first + index + word * 0x9e3779b9), index * 12 + word * 4)
      }
    }
    const key = (_, index) => bytes.toString('hex', index * 12, index * 12 + 12)
    return Array.from({ length: count }, key)
  }

  /** As many values. Another `seed` gives others. */
  values(count, seed) {
    const random = new Random(seed)
    if (this.isJson) return Array.from({ length: count }, (_, index) => this.#record(index, random))
    const bytes = randomBytes(random, count * this.valueBytes)
    const value = (_, index) => bytes.subarray(index * this.valueBytes, (index + 1) * this.valueBytes)
    return Array.from({ length: count }, value)
  }

  /** All entries, in random order. */
  unsorted() {
    return zip(this.keys(0, this.size), this.values(this.size, 2))
  }

  /** All entries, in key order, and lying so in memory, as if they had been read from somewhere. */
  sorted() {
    return inOrder(this.unsorted().toSorted(([one], [other]) => (one < other ? -1 : 1)))
  }

  /** Keys of the store, in random order. */
  present(count, seed) {
    const random = new Random(seed)
    return Array.from({ length: count }, () => this.keys(random.next() % this.size, 1)[0])
  }

  /** The same, none of them twice. */
  distinct(count, seed) {
    const random = new Random(seed)
    const numbers = new Set()
    while (numbers.size < count) numbers.add(random.next() % this.size)
    return Array.from(numbers, (number) => this.keys(number, 1)[0])
  }

  /** Entries of the store with values that they do not have there. No key comes twice. */
  updates(count, seed) {
    return zip(this.distinct(count, seed), this.values(count, seed))
  }

  /** Entries whose keys the store does not have. Another `seed` gives others. */
  inserts(count, seed) {
    return zip(this.keys(this.size + seed * 100_000, count), this.values(count, seed))
  }

  /** Entries behind all others, in key order. */
  appends(count, seed) {
    const key = (_, index) => `z${String(seed * count + index).padStart(KEY_BYTES - 1, '0')}`
    return zip(Array.from({ length: count }, key), this.values(count, seed))
  }

  #record(number, random) {
    const start = random.next() % (TEXT_BYTES - QUOTED)
    return {
      id: number,
      name: this.#text.slice(start, start + 20),
      email: `${this.#text.slice(start + 20, start + 32)}@example.org`,
      active: (start & 1) === 1,
      balance: (start % 1_000_000) / 100,
      tags: [this.#text.slice(start + 32, start + 40), this.#text.slice(start + 40, start + 48)],
      address: {
        street: this.#text.slice(start + 48, start + 70),
        city: this.#text.slice(start + 70, start + 80),
      },
      notes: this.#text.slice(start + 80, start + QUOTED),
    }
  }
}

/**
 * Whoever reads values looks at each: at its length and a byte of it. So none gains by handing out what was not read.
 */
export class Seen {
  count = 0
  /** Bytes of values; of records the length of their longest text. */
  length = 0
  /** A byte of each, so that reading it cannot be left out. */
  mixed = 0

  /** @param isJson - Whether values are records. */
  constructor(isJson) {
    this.look = isJson ? (value) => this.#record(value) : (value) => this.#bytes(value)
  }

  #bytes(value) {
    this.count++
    this.length += value.length
    this.mixed ^= value[value.length - 1]
  }

  #record(value) {
    this.count++
    this.length += value.notes.length
    this.mixed ^= value.id
  }
}

/** A fixed sequence of numbers that look random (xorshift). */
export class Random {
  #state

  constructor(seed) {
    this.#state = mix(seed) || 1
  }

  next() {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return state >>> 0
  }
}

export function randomBytes(random, count) {
  const words = new Uint32Array(Math.ceil(count / 4))
  for (let index = 0; index < words.length; index++) words[index] = random.next()
  return Buffer.from(words.buffer, 0, count)
}

/** A permutation of the numbers of 32 bits that leaves no pattern (the finalizer of MurmurHash3). */
function mix(number) {
  let mixed = number >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** The same entries, made anew one after the other. */
function inOrder(entries) {
  const keys = Buffer.from(entries.map(([key]) => key).join(''), 'latin1')
  const values = copied(entries.map(([, value]) => value))
  return values.map((value, index) => [keys.latin1Slice(index * KEY_BYTES, (index + 1) * KEY_BYTES), value])
}

function copied(values) {
  if (!Buffer.isBuffer(values[0])) return structuredClone(values)
  const all = Buffer.concat(values)
  const length = all.length / values.length
  return values.map((_, index) => all.subarray(index * length, (index + 1) * length))
}

function zip(keys, values) {
  return keys.map((key, index) => [key, values[index]])
}
