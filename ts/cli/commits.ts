import type { Commit, Signature } from '../index.js'
import { gitDate, isoDate } from './dates.js'
import type { Style } from './style.js'

/** Names that point at a commit, as `git log` decorates it: `HEAD -> main`, `feature`, `tag: v1.0`. */
export type Decorations = ReadonlyMap<string, readonly string[]>

/** A commit as `--format json` prints it. */
export function commitJson(commit: Commit, decorations?: Decorations, more: object = {}): string {
  return JSON.stringify({ ...commitFields(commit, decorations), ...more })
}

/** The fields of a commit as JSON. */
export function commitFields(commit: Commit, decorations?: Decorations): object {
  return {
    id: commit.id,
    parents: commit.parents,
    author: signatureJson(commit.author),
    committer: signatureJson(commit.committer),
    message: commit.message,
    rootHash: commit.rootHash ?? null,
    ...(decorations && { refs: decorations.get(commit.id) ?? [] }),
  }
}

export function signatureJson(signature: Signature): object {
  return { name: signature.name, email: signature.email, date: isoDate(signature) }
}

/** A commit in one line: the short id, the names that point at it, and the subject. */
export function commitLine(commit: Commit, style: Style, decorations?: Decorations): string {
  return `${style('yellow', shortId(commit.id))}${decoration(commit, style, decorations)} ${subject(commit)}`
}

/** A commit as `git log` prints it, with a line break at the end. */
export function commitText(commit: Commit, style: Style, decorations?: Decorations): string {
  const lines = [style('yellow', `commit ${commit.id}`) + decoration(commit, style, decorations)]
  if (commit.parents.length > 1) lines.push(`Merge: ${commit.parents.map(shortId).join(' ')}`)
  lines.push(`Author: ${commit.author.name} <${commit.author.email}>`)
  lines.push(`Date:   ${gitDate(commit.author)}`, '')
  for (const line of commit.message.trimEnd().split('\n')) lines.push(line === '' ? '' : `    ${line}`)
  return `${lines.join('\n')}\n`
}

/** The first ten digits of an id. */
export function shortId(id: string): string {
  return id.slice(0, 10)
}

/** The first line of a commit's message. */
export function subject(commit: Commit): string {
  return commit.message.split('\n', 1)[0] ?? ''
}

function decoration(commit: Commit, style: Style, decorations: Decorations | undefined): string {
  const names = decorations?.get(commit.id)
  return names ? ` ${style('yellow', '(')}${style('cyan', names.join(', '))}${style('yellow', ')')}` : ''
}
