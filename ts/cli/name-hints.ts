import { spawnSync } from 'node:child_process'
import type { BytesStore, Session } from './session.js'
import { suggest } from './suggest.js'

/** What to do about a name that is not there: the one that may be meant, or what is missing. */
export async function hintAtName(what: string, name: string, session: Session): Promise<string | undefined> {
  if (what === 'remote') {
    const store = await session.store()
    return meant(name, '', remotesOf(store.gitDir, session)) ?? `"git remote add ${name} <address>" adds it`
  }
  if (what !== 'branch' && what !== 'tag' && what !== 'revision') return undefined
  const store = await session.store()
  // "main~3" and "main@{1}" begin with a name.
  const [, plain = name, suffix = ''] = what === 'revision' ? (/^(.+?)([~^@:].*)$/.exec(name) ?? []) : []
  const names = await namesOf(what, store)
  const isUnborn = store.head().commit === undefined && (plain === 'HEAD' || plain === store.currentBranch)
  if (what === 'revision' && isUnborn)
    return 'there is no commit yet: "git-prolly commit" makes the first one'
  return meant(plain, suffix, names)
}

async function namesOf(what: 'branch' | 'tag' | 'revision', store: BytesStore): Promise<string[]> {
  const branches = what === 'tag' ? [] : await store.branches()
  const tags = what === 'branch' ? [] : await store.tags()
  return [...branches, ...tags].map((one) => one.name)
}

function meant(name: string, suffix: string, names: readonly string[]): string | undefined {
  const near = suggest(name, names)
  return near === undefined || near === name ? undefined : `did you mean "${near}${suffix}"?`
}

/** The names of the remotes that Git knows. */
export function remotesOf(gitDir: string, { context, directory }: Session): string[] {
  const env = context.env as NodeJS.ProcessEnv
  const asked = spawnSync('git', ['--git-dir', gitDir, 'remote'], { cwd: directory, env, encoding: 'utf8' })
  return asked.stdout.split('\n').filter((name) => name !== '')
}
