// A job that trusts nobody: a publisher commits prices and makes the root hash known, say in a newspaper; whoever has that hash checks
// each answer of a server that may lie, with no store at hand.
//
//   node examples/verified-report/report.mjs
import { InvalidProofError, VersionedKvStore, verifyStoreProof } from 'prollytree'

/** What the job asks, in the namespace of the prices. */
const asked = ['pear', 'plum', 'quince']
const prices = { namespace: 'prices' }

/** Publishes prices. Everybody learns the root hash; the store stays with the server. */
async function publish() {
  const store = await VersionedKvStore.memory({ branch: 'main' })
  const table = store.namespace('prices')
  for (let number = 0; number < 10_000; number++)
    table.insert(`item ${number}`, String((number * 7919) % 1000))
  table.insertBatch([
    ['pear', '180'],
    ['plum', '150'],
  ])
  await store.commit('Prices of today', { author: { name: 'Exchange', email: 'exchange@example.org' } })
  const { rootHash } = await store.commitInfo()
  return { store, rootHash }
}

/** The job: only a root hash, and bytes that came over the network. */
async function report(rootHash, proof) {
  const answers = await verifyStoreProof(rootHash, proof, asked, prices)
  return asked.map((key, index) => `${key}: ${answers[index] ?? 'not sold'}`)
}

const { store, rootHash } = await publish()
const proof = await store.prove(asked, prices)
console.log(`the root hash is known: ${rootHash.slice(0, 8)}…; the proof has ${proof.length} bytes`)
for (const line of await report(rootHash, proof)) console.log(line)

// The server changes a price, and proves it: of another root.
store.namespace('prices').insert('pear', '80')
await store.commit('A bargain', { author: { name: 'Mallory', email: 'mallory@example.org' } })
try {
  await report(rootHash, await store.prove(asked, prices))
} catch (error) {
  if (!(error instanceof InvalidProofError)) throw error
  console.log('a lie was found out')
}
await store.close()
