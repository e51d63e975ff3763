// Installs what the benchmarks and a test of SQL compare with, unless it is there: node bench/install.mjs
import { install } from './packages.mjs'

install()
