import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { VersionedKvStore } from '../../ts/index.js'
import { temporaryFolder } from '../helpers/temporary.js'
import { environment } from '../cli/support/in-process.js'
import { root } from './code-blocks.js'

const path = (name: string): string => join(root, 'examples', name)

function output(name: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path(name)], {
    encoding: 'utf8',
    env: { ...environment, HOME: '/nonexistent' },
  })
  expect([status, stderr]).toEqual([0, ''])
  return stdout
}

it('agents join what they learned on branches of their own', () => {
  const lines = output('agent-memory/memory.mjs').split('\n')
  expect(lines).toContain('conflicts that were joined: 0 1')
  expect(lines).toContain('capital/australia: Canberra (a sign, atlas)')
  expect(lines).toContain('weather/lima: grey (the window)')
})

it('a job checks what a server says of a published root', () => {
  const lines = output('verified-report/report.mjs').split('\n')
  expect(lines.slice(1)).toEqual(['pear: 180', 'plum: 150', 'quince: not sold', 'a lie was found out', ''])
})

interface Service {
  serve(store: VersionedKvStore<string, string>): Server
  openSettings(folder: string): Promise<VersionedKvStore<string, string>>
}

describe('a configuration service', () => {
  async function running() {
    const url = pathToFileURL(path('configuration-service/service.mjs')).href
    const { serve, openSettings } = (await import(url)) as Service
    const folder = temporaryFolder()
    const store = await openSettings(folder)
    const server = serve(store).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(async () => {
      server.close()
      server.closeAllConnections()
      await store.close()
    })
    const { port } = server.address() as AddressInfo
    return async (method: string, route: string, body?: string, author = 'Ada <ada@example.org>') => {
      const response = await fetch(`http://127.0.0.1:${port}/${route}`, {
        method,
        headers: author === '' ? {} : { 'x-author': author },
        ...(body !== undefined && { body }),
      })
      return [response.status, await response.json()] as [number, Record<string, unknown>]
    }
  }

  it('keeps who changed what, and goes back', async () => {
    const ask = await running()
    expect(await ask('PUT', 'settings/timeout', '30')).toMatchObject([200, { changed: true }])
    expect(await ask('PUT', 'settings/timeout', '60', 'Grace <grace@example.org>')).toMatchObject([200, {}])
    expect(await ask('PUT', 'settings/timeout', '60')).toEqual([200, { changed: false }])
    expect(await ask('PUT', 'settings/color', 'red')).toMatchObject([200, { changed: true }])
    expect(await ask('GET', 'settings')).toEqual([200, { color: 'red', timeout: '60' }])
    const [, history] = await ask('GET', 'settings/timeout/history')
    expect(history).toMatchObject([
      { author: 'Grace <grace@example.org>', from: '30', to: '60' },
      { author: 'Ada <ada@example.org>', from: null, to: '30' },
    ])
    expect(await ask('POST', 'rollback/HEAD~2')).toMatchObject([200, { changed: true }])
    expect(await ask('GET', 'settings')).toEqual([200, { timeout: '30' }])
    expect(await ask('DELETE', 'settings/timeout')).toMatchObject([200, { changed: true }])
    expect((await ask('GET', 'settings/timeout'))[0]).toBe(404)
  })

  it('refuses what it cannot do', async () => {
    const ask = await running()
    expect((await ask('PUT', 'settings/a', '1', ''))[0]).toBe(400)
    expect((await ask('POST', 'rollback/nowhere'))[0]).toBe(404)
    expect((await ask('GET', 'elsewhere'))[0]).toBe(404)
    expect((await ask('PATCH', 'settings/a', '1'))[0]).toBe(404)
  })

  it('takes changes of many at once', async () => {
    const ask = await running()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ask('PUT', `settings/key${index}`, String(index))),
    )
    expect(answers.every(([status]) => status === 200)).toBe(true)
    expect(Object.keys((await ask('GET', 'settings'))[1])).toHaveLength(20)
  })
})
