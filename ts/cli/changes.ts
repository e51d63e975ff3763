import type { Change } from '../index.js'
import { counted } from './counted.js'
import type { Output } from './output.js'
import type { Style } from './style.js'
import { toJsonBytes, toText } from './text.js'

/** A change whose key and values are bytes. */
export type BytesChange = Change<Buffer, Buffer>

/** What of a change is printed as JSON. */
export interface PrintedChange {
  readonly type: BytesChange['type']
  readonly namespace?: string | undefined
  readonly key: Buffer
  readonly oldValue?: Buffer | undefined
  readonly newValue?: Buffer | undefined
}

/** How changes are printed. */
export type ChangeFormat = 'text' | 'name-status' | 'name-only' | 'json' | 'json-names' | 'count'

const LETTERS = { added: 'A', modified: 'M', removed: 'D' } as const
const COLORS = { added: 'green', modified: 'yellow', removed: 'red' } as const

/** How many changes of each kind there are. */
export class ChangeCount {
  added = 0
  modified = 0
  removed = 0

  /** The counts that a status has. */
  static of({ added, modified, removed }: Pick<ChangeCount, 'added' | 'modified' | 'removed'>): ChangeCount {
    return Object.assign(new ChangeCount(), { added, modified, removed })
  }

  add(change: BytesChange): void {
    this[change.type] += 1
  }

  get total(): number {
    return this.added + this.modified + this.removed
  }

  /** "3 keys changed: 1 added, 1 modified, 1 removed" */
  toString(): string {
    return `${counted(this.total, 'key')} changed: ${this.details}`
  }

  /** "1 added, 1 modified, 1 removed" */
  get details(): string {
    const { added, modified, removed } = this
    return `${number(added)} added, ${number(modified)} modified, ${number(removed)} removed`
  }

  toJSON(): object {
    return { added: this.added, modified: this.modified, removed: this.removed }
  }
}

/** Prints changes, or only how many there are, at the reader's pace. */
export async function printChanges(
  changes: AsyncIterable<BytesChange>,
  format: ChangeFormat,
  output: Output,
  style: Style,
  json = false,
): Promise<ChangeCount> {
  const count = new ChangeCount()
  for await (const change of changes) {
    count.add(change)
    if (format === 'count') continue
    output.write(changeText(change, format, style))
    if (output.isFull) await output.drained()
  }
  if (format === 'count') output.line(json ? JSON.stringify(count) : String(count))
  return count
}

/** One change, with its line breaks. */
export function changeText(
  change: BytesChange,
  format: Exclude<ChangeFormat, 'count'>,
  style: Style,
): string {
  switch (format) {
    case 'json':
      return `${changeJson(change)}\n`
    case 'json-names':
      return `${changeJson({ type: change.type, namespace: change.namespace, key: change.key })}\n`
    case 'name-only':
      return `${keyText(change)}\n`
    case 'name-status':
      return `${style(COLORS[change.type], `${LETTERS[change.type]}\t${keyText(change)}`)}\n`
    case 'text': {
      const key = keyText(change)
      const lines: string[] = []
      if (change.oldValue !== undefined) lines.push(style('red', `- ${key}\t${toText(change.oldValue)}`))
      if (change.newValue !== undefined) lines.push(style('green', `+ ${key}\t${toText(change.newValue)}`))
      return `${lines.join('\n')}\n`
    }
  }
}

function changeJson(change: PrintedChange): string {
  return JSON.stringify(changeFields(change))
}

/** The fields of a change as JSON. */
export function changeFields({ type, namespace, key, oldValue, newValue }: PrintedChange): object {
  return {
    type,
    ...(namespace !== undefined && { namespace }),
    key: toJsonBytes(key),
    ...(oldValue !== undefined && { oldValue: toJsonBytes(oldValue) }),
    ...(newValue !== undefined && { newValue: toJsonBytes(newValue) }),
  }
}

/** The key, after the name of its namespace in brackets when it is not in the default one. */
export function keyText({ namespace, key }: { namespace?: string | undefined; key: Buffer }): string {
  return namespace === undefined ? toText(key) : `[${toText(Buffer.from(namespace))}] ${toText(key)}`
}

function number(count: number): string {
  return count.toLocaleString('en')
}
