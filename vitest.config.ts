import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

function source(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

export default defineConfig({
  resolve: {
    // Examples in doc comments import the package by its name.
    alias: [
      { find: /^prollytree$/, replacement: source('ts/index.ts') },
      { find: /^prollytree\/testing$/, replacement: source('ts/testing/index.ts') },
    ],
  },
  test: {
    include: ['__test__/**/*.test.ts'],
    globalSetup: ['__test__/setup/build-is-current.ts'],
    setupFiles: ['__test__/setup/git-identity.ts'],
    // A process for each file: a crash of the addon fails one file, and threads and locks end with it.
    pool: 'forks',
    execArgv: ['--expose-gc'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
