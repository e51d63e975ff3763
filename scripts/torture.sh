#!/bin/sh
# The long forms of the fault tests: every fault at every call, a thousand kills and a minute of everything at once over each
# storage, every byte and bit of the files. About half an hour on two processors.
set -eu
cd "$(dirname "$0")/.."
PROLLY_TORTURE=1 exec node scripts/cargo.mjs test -p prolly-versioning --features rocksdb --profile native \
  --test faults --test processes --test damage -- --nocapture
