#!/usr/bin/env node
import module from 'node:module'

// Compiled code is kept between runs, where Node can do that (22.8 and later).
module.enableCompileCache?.()
const { main } = await import('../dist/cli/main.js')
await main()
