// Memory of agents that work side by side: a branch for each, in a worktree of its own, so that none sees half a thought of
// another; and a merge that joins what they learned, key by key.
//
//   node examples/agent-memory/memory.mjs
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json, VersionedKvStore } from 'prollytree'

/** A fact that an agent holds: what, how sure it is, and where it has it from. */
// { claim: string, confidence: number, sources: string[] }

const author = (name) => ({ name, email: `${name}@agents.example.org` })

/** Joins what two agents say of one thing: of two claims the surer one, with the sources of all who say so. */
export function joined(one, other) {
  if (!one || !other) return one ?? other
  const [best, rest] = one.confidence >= other.confidence ? [one, other] : [other, one]
  if (best.claim !== rest.claim) return best
  return { ...best, sources: [...new Set([...best.sources, ...rest.sources])].toSorted() }
}

/** Gives an agent a memory of its own, which begins with what all know. */
async function think(shared, folder, name, work) {
  await shared.worktrees.add(join(folder, name), { create: name, target: 'main' })
  const memory = await shared.worktrees.open(name)
  try {
    await work(memory)
    await memory.commit(`What ${name} found`, { author: author(name) })
  } finally {
    await memory.close()
  }
}

/** Joins an agent's memory into the shared one, and lets go of it. */
async function remember(shared, name) {
  const { conflicts } = await shared.merge(name, {
    author: author('librarian'),
    resolve: ({ source, destination }) => joined(destination, source),
  })
  await shared.worktrees.remove(name)
  await shared.deleteBranch(name)
  return conflicts
}

const folder = await mkdtemp(join(tmpdir(), 'agent-memory-'))
try {
  const shared = await VersionedKvStore.init(join(folder, 'shared'), {
    branch: 'main',
    valueEncoding: json(),
  })
  shared.insert('capital/australia', { claim: 'Sydney', confidence: 0.4, sources: ['hearsay'] })
  await shared.commit('What everybody knows', { author: author('librarian') })

  // Side by side, each on what was known when it began.
  await Promise.all([
    think(shared, folder, 'reader', (memory) => {
      memory.insert('capital/australia', { claim: 'Canberra', confidence: 0.9, sources: ['atlas'] })
      memory.insert('capital/peru', { claim: 'Lima', confidence: 0.9, sources: ['atlas'] })
    }),
    think(shared, folder, 'traveller', (memory) => {
      memory.insert('capital/australia', { claim: 'Canberra', confidence: 0.7, sources: ['a sign'] })
      memory.insert('weather/lima', { claim: 'grey', confidence: 0.8, sources: ['the window'] })
    }),
  ])
  console.log(
    'conflicts that were joined:',
    await remember(shared, 'reader'),
    await remember(shared, 'traveller'),
  )
  for (const [key, { claim, sources }] of shared.entries())
    console.log(`${key}: ${claim} (${sources.join(', ')})`)
  for await (const { commit, newValue } of shared.history('capital/australia')) {
    console.log(`  ${commit.author.name}: ${newValue?.claim}`)
  }
  await shared.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}
