import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // Examples in doc comments import the package by its name.
    alias: { prollytree: fileURLToPath(new URL('ts/index.ts', import.meta.url)) },
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
