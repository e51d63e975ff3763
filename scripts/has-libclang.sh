#!/bin/sh
# Tells whether libclang is on this machine, where the build of RocksDB looks for it.
set -eu
[ -z "${LIBCLANG_PATH:-}" ] || exit 0
[ "$(uname)" = Linux ] || exit 0
for file in /usr/lib/llvm*/lib*/libclang.so* /usr/local/llvm*/lib*/libclang.so* \
  /usr/lib*/libclang.so* /usr/lib*/*/libclang.so* /usr/lib*/*/libclang-[0-9]*.so* /usr/local/lib*/libclang.so*; do
  [ ! -e "$file" ] || exit 0
done
exit 1
