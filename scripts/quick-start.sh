#!/bin/sh
# Installs, builds and runs the quick start: two releases of real data, branched, merged, pushed, cloned and checked.
set -eu
cd "$(dirname "$0")/.."
sh scripts/set-up.sh
exec node examples/browser-compat/quick-start.mjs "$@"
