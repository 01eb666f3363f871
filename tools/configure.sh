#!/usr/bin/env bash
# Configures build/release where that is needed: the first time, when a preset changed, when tools/setup.sh installed something, and
# when an option is turned on that was off.
# usage: tools/configure.sh [OPTION...]    such as HASHLENS_TESTS; it stays on for later builds
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cache=build/release/CMakeCache.txt

options=()
for option in "$@"; do
  grep -qs "^$option:BOOL=ON$" $cache || options+=("-D$option=ON")
done
ninja=build/release/build.ninja
if [ ${#options[@]} -gt 0 ] || [ ! $ninja -nt CMakePresets.json ] || [ ! $ninja -nt .deps/installed ]; then
  cmake --preset release "${options[@]}"
fi
