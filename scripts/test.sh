#!/bin/sh
# Installs, builds and checks all there is: format, lints, types, the tests of Rust and of TypeScript, the package. Goes on
# after a failure, so that one run shows all of them.
set -eu
cd "$(dirname "$0")/.."
sh scripts/set-up.sh full
status=0
for step in lint test:rust test:ts lint:package; do
  npm run --silent "$step" || { echo "npm run $step failed" >&2; status=1; }
done
exit "$status"
