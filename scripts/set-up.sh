#!/bin/sh
# Installs what the package needs and builds it: without RocksDB, or with all there is and what the tests compare with:
# sh scripts/set-up.sh full
# Says in one line what is missing on the machine, and stops.
set -eu
cd "$(dirname "$0")/.."

missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need git git
need cc build-essential
need node nodejs
need npm npm
build=build
if [ "${1:-}" = full ]; then
  build=build:full
  need c++ build-essential
  # better-sqlite3 is compiled.
  need make build-essential
  need python3 python3
  sh scripts/has-libclang.sh || missing="$missing libclang-dev"
fi
[ -z "$missing" ] || { echo "Missing: run apt-get install$missing" >&2; exit 1; }
command -v cargo >/dev/null 2>&1 || { echo "Rust is missing: install it from https://rustup.rs" >&2; exit 1; }
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  { echo "Node.js $(node --version) is too old: install 20.19 or later" >&2; exit 1; }

# A lock file newer than what is installed means that something is to be installed.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  npm ci --no-audit --no-fund
fi
npm run --silent "$build"
[ "$build" = build ] || node bench/install.mjs ||
  echo "better-sqlite3 is not installed: the test that compares SQL with SQLite will fail" >&2
