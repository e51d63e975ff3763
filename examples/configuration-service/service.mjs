// A configuration service: every change is a commit with an author, so there is a history of each setting, and a way back.
//
//   node examples/configuration-service/service.mjs ./settings 8080
//
//   curl -X PUT localhost:8080/settings/timeout -H 'x-author: Ada <ada@example.org>' -d 30
//   curl localhost:8080/settings/timeout
//   curl localhost:8080/settings/timeout/history
//   curl -X POST localhost:8080/rollback/HEAD~1 -H 'x-author: Ada <ada@example.org>'
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import { ConflictError, NotFoundError, NothingToCommitError, VersionedKvStore } from 'prollytree'

/** Serves the settings in a store. Several of these may share one. */
export function serve(store) {
  return createServer(async (request, response) => {
    const answer = (status, json) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify(json)}\n`)
    }
    try {
      await handle(store, request, answer)
    } catch (error) {
      if (error instanceof Refused) answer(error.status, { error: error.message })
      else if (error instanceof NotFoundError) answer(404, { error: error.message })
      else if (error instanceof NothingToCommitError) answer(200, { changed: false })
      // Somebody else changed the same setting at the same moment.
      else if (error instanceof ConflictError) answer(409, { error: error.message })
      else answer(500, { error: 'something went wrong' })
    }
  })
}

class Refused extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

async function handle(store, request, answer) {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const [what, name, more] = pathname.slice(1).split('/').map(decodeURIComponent)
  const route = `${request.method} ${what}${name ? '/…' : ''}${more ? `/${more}` : ''}`
  switch (route) {
    case 'GET settings':
      await store.refresh()
      return answer(200, Object.fromEntries(store.entries()))
    case 'GET settings/…': {
      await store.refresh()
      const value = store.get(name)
      return value === undefined ? answer(404, { error: `there is no ${name}` }) : answer(200, { value })
    }
    case 'PUT settings/…': {
      const [author, value] = [authorOf(request), await body(request)]
      const commit = await store.transact((tx) => tx.insert(name, value), { message: `Set ${name}`, author })
      return answer(200, { changed: true, commit })
    }
    case 'DELETE settings/…': {
      const author = authorOf(request)
      const commit = await store.transact((tx) => tx.delete(name), { message: `Remove ${name}`, author })
      return answer(200, { changed: true, commit })
    }
    case 'GET settings/…/history': {
      const changes = await store.history(name, { limit: 100 }).toArray()
      return answer(
        200,
        changes.map(({ commit, oldValue = null, newValue = null }) => ({
          commit: commit.id,
          author: `${commit.author.name} <${commit.author.email}>`,
          date: commit.author.date,
          from: oldValue,
          to: newValue,
        })),
      )
    }
    case 'POST rollback/…': {
      // The state of then is committed anew: what came in between stays in the history.
      const author = authorOf(request)
      const then = await store.at(name)
      try {
        const back = (tx) => {
          for (const key of tx.keys()) if (!then.has(key)) tx.delete(key)
          tx.insertBatch(then.entries())
        }
        const commit = await store.transact(back, { message: `Roll back to ${then.commit}`, author })
        return answer(200, { changed: true, commit })
      } finally {
        then.close()
      }
    }
    default:
      throw new Refused(404, 'there is no such thing')
  }
}

/** Who asks, as `Name <address>`. A real service would take it from whoever authenticated the request. */
function authorOf(request) {
  const [, name, email] = /^(.+?) <([^<>]+)>$/.exec(request.headers['x-author'] ?? '') ?? []
  if (!name || !email) throw new Refused(400, 'say who you are: x-author: Name <address>')
  return { name, email }
}

async function body(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Opens the settings, or begins them. */
export async function openSettings(folder) {
  try {
    return await VersionedKvStore.open(folder)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    return VersionedKvStore.init(folder)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder = './settings', port = '8080'] = process.argv.slice(2)
  const server = serve(await openSettings(folder))
  server.listen(Number(port), '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
}
