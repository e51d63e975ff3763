#!/bin/sh
# Installs, builds and runs all tests, of Rust and of TypeScript.
set -eu
cd "$(dirname "$0")/.."
sh scripts/set-up.sh
exec npm test
