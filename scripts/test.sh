#!/bin/sh
# Installs, builds and runs all tests: those of Rust, then those of TypeScript, also when the first ones fail.
set -eu
cd "$(dirname "$0")/.."
sh scripts/set-up.sh
status=0
npm run --silent test:rust || status=1
npm run --silent test:ts || status=1
exit "$status"
