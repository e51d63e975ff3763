// Runs Cargo as the other scripts do: node scripts/cargo.mjs test --workspace --profile native
import { run, rustEnvironment } from './environment.mjs'

run('cargo', process.argv.slice(2), rustEnvironment())
