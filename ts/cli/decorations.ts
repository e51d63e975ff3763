import type { Decorations } from './commits.js'
import type { BytesStore } from './session.js'

/** The names that point at each commit: HEAD and its branch first, then branches, then tags. */
export async function decorationsOf(store: BytesStore): Promise<Decorations> {
  const names = new Map<string, string[]>()
  const add = (commit: string | undefined, name: string, first = false) => {
    if (commit === undefined) return
    const all = names.get(commit) ?? []
    names.set(commit, first ? [name, ...all] : [...all, name])
  }
  const [branches, tags] = await Promise.all([store.branches(), store.tags()])
  for (const { name, commit, current } of branches) add(commit, current ? `HEAD -> ${name}` : name, current)
  for (const { name, commit } of tags) add(commit, `tag: ${name}`)
  const { branch, commit } = store.head()
  if (branch === undefined) add(commit, 'HEAD', true)
  return names
}
