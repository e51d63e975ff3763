// The whole main job on real data: import, branch, edit both sides, diff, merge by field, push, clone, verify.
//
//   node examples/browser-compat/quick-start.mjs [--keep]
//
// The data is two releases of @mdn/browser-compat-data (CC0): which browser supports which web-platform feature.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { VersionedKvStore } from 'prollytree'
import { features, release, toNdjson } from './flatten.mjs'
import { joinFields } from './join-fields.mjs'
import { count, git, megabytes, prolly, say, sizeOf, step } from './steps.mjs'

const OLD = '6.0.0'
const NEW = '7.2.1'
const json = { keyEncoding: 'utf8', valueEncoding: 'json' }

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } })
const began = performance.now()
const folder = mkdtempSync(join(tmpdir(), 'prollytree-quick-start-'))
const path = (name) => join(folder, name)
const work = path('work')
const remote = path('remote.git')
const clone = path('clone')
console.log(`Everything happens in ${folder}`)

const [older, newer] = await step(`Flatten releases ${OLD} and ${NEW} to NDJSON, one feature a line`, () =>
  [OLD, NEW].map((version) => {
    const records = new Map(features(release(version)))
    const text = toNdjson(records.values())
    writeFileSync(path(`${version}.ndjson`), text)
    say(`${version}.ndjson: ${count(records.size)} features, ${megabytes(Buffer.byteLength(text))}`)
    return records
  }),
)

await step(`Make a store and commit release ${OLD} on main`, () => {
  mkdirSync(work)
  say(prolly(work, ['init', '--initial-branch', 'main']))
  git(work, ['config', 'user.name', 'Quick Start'])
  git(work, ['config', 'user.email', 'quick-start@example.org'])
  prolly(work, ['import', path(`${OLD}.ndjson`), '--key', 'path'])
  say(prolly(work, ['commit', '-m', `Release ${OLD}`]))
  say(`the repository has ${megabytes(sizeOf(work))}`)
})

await step(`Commit release ${NEW} on a branch; what it no longer has is deleted`, () => {
  prolly(work, ['checkout', '-b', 'newer'])
  prolly(work, ['import', path(`${NEW}.ndjson`), '--key', 'path', '--replace'])
  say(prolly(work, ['commit', '-m', `Release ${NEW}`]))
  say(`the repository has ${megabytes(sizeOf(work))}`)
})

const edited = await step('Meanwhile, edit features on main', () => {
  prolly(work, ['checkout', 'main'])
  const edits = editsOnMain()
  writeFileSync(path('edits.ndjson'), toNdjson(edits.values()))
  prolly(work, ['import', path('edits.ndjson'), '--key', 'path'])
  say(prolly(work, ['commit', '-m', 'Note what we reviewed']))
  return new Map([...older, ...edits])
})

await step('Look at the difference', () => {
  const summary = prolly(work, ['diff', '--stat', 'main~1', 'newer', '--format', 'json'])
  const { added, modified, removed } = JSON.parse(summary)
  say(`from ${OLD} to ${NEW}: ${count(added)} added, ${count(modified)} modified, ${count(removed)} removed`)
  assert.deepEqual({ added, modified, removed }, differences(older, newer))
  say(prolly(work, ['diff', '--stat', 'main', 'newer']))
})

const conflicts = await step('Merge without saying how: conflicts are listed and nothing is changed', () => {
  const lines = prolly(work, ['merge', 'newer'], { expect: 1, first: 3 }).trimEnd().split('\n')
  assert.equal(lines.length, conflicting(older, edited, newer).length)
  return lines.length
})

await step("Merge with a resolver that joins both sides' fields (the TypeScript API)", async () => {
  const store = await VersionedKvStore.open(work, json)
  let resolved = 0
  const result = await store.merge('newer', {
    message: 'Merge the newer release',
    resolve({ base, destination, source }) {
      resolved += 1
      return joinFields(base, destination, source)
    },
  })
  await store.close()
  say(`${count(resolved)} conflicts resolved in commit ${result.commit}`)
  assert.equal(resolved, conflicts)
})

await step('Ask in SQL what became deprecated since the first commit', () => {
  const deprecated = "value['status']['deprecated']"
  const answer = prolly(work, [
    'sql',
    '--format',
    'json',
    `SELECT COUNT(*) AS features FROM prolly_keys('') AS now JOIN prolly_keys('') AS OF 'main~2' AS was ON was.key = now.key
     WHERE now.${deprecated} = TRUE AND was.${deprecated} = FALSE`,
  ])
  say(answer)
  const current = joined(older, edited, newer)
  const expected = [...current].filter(
    ([key, record]) => isDeprecated(record) === true && isDeprecated(older.get(key)) === false,
  )
  assert.equal(JSON.parse(answer).features, expected.length)
})

await step('Push to a bare Git repository', () => {
  git(folder, ['init', '--quiet', '--bare', '--initial-branch', 'main', remote])
  git(work, ['remote', 'add', 'origin', remote])
  prolly(work, ['push', 'origin', 'main'])
  say(`the remote has ${megabytes(sizeOf(remote))}`)
})

await step('Let Git collect garbage on both sides', () => {
  git(work, ['gc', '--quiet', '--prune=now'])
  git(remote, ['gc', '--quiet', '--prune=now'])
  say(`the store has ${megabytes(sizeOf(work))}, the remote ${megabytes(sizeOf(remote))}`)
})

await step('Clone it elsewhere', () => {
  prolly(folder, ['clone', pathToFileURL(remote).href, clone])
  say(`the clone has ${megabytes(sizeOf(clone))}`)
})

await step('Check that the clone holds every record', async () => {
  const original = await VersionedKvStore.open(work, json)
  const copy = await VersionedKvStore.open(clone, json)
  const expected = joined(older, edited, newer)
  let checked = 0
  for (const [key, value] of copy.entries()) {
    assert.deepEqual(value, expected.get(key), key)
    checked += 1
  }
  assert.equal(checked, expected.size)
  const [root, rootOfCopy] = await Promise.all([original.rootHash(), copy.rootHash()])
  assert.equal(rootOfCopy, root)
  await Promise.all([original.close(), copy.close()])
  say(`${count(checked)} records are as expected; both roots are ${root}`)
})

if (options.keep) console.log(`\nLook around in ${work}`)
else rmSync(folder, { recursive: true })
console.log(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s.`)

/** Edits that partly meet those of the newer release: features it changed, features it removed, features it left. */
function editsOnMain() {
  const changed = [...older.keys()].filter((key) => newer.has(key) && !same(older.get(key), newer.get(key)))
  const removed = [...older.keys()].filter((key) => !newer.has(key))
  const left = [...older.keys()].filter((key) => same(older.get(key), newer.get(key)))
  const keys = [...every(changed, 100), ...every(removed, 50), ...every(left, 100)]
  say(`${count(keys.length)} features get a note`)
  return new Map(keys.map((key) => [key, { ...older.get(key), note: 'reviewed by us' }]))
}

/** What a record says of it, if it says something. */
function isDeprecated(record) {
  return record?.status?.deprecated
}

/** The first of every so many. */
function every(all, distance) {
  return all.filter((_, index) => index % distance === 0)
}

/** What a merge of the three maps must give. */
function joined(base, destination, source) {
  const result = new Map()
  for (const key of new Set([...base.keys(), ...destination.keys(), ...source.keys()])) {
    const record = joinFields(base.get(key), destination.get(key), source.get(key))
    if (record !== undefined) result.set(key, record)
  }
  return result
}

/** The keys that both sides changed, differently. */
function conflicting(base, destination, source) {
  const keys = new Set([...destination.keys(), ...source.keys()])
  return [...keys].filter((key) => {
    const [original, here, there] = [base.get(key), destination.get(key), source.get(key)]
    return !same(original, here) && !same(original, there) && !same(here, there)
  })
}

/** How many keys were added, modified and removed from one map to another. */
function differences(from, to) {
  const added = [...to.keys()].filter((key) => !from.has(key)).length
  const removed = [...from.keys()].filter((key) => !to.has(key)).length
  const modified = [...from.keys()].filter((key) => to.has(key) && !same(from.get(key), to.get(key))).length
  return { added, modified, removed }
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other)
}
