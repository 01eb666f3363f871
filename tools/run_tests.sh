#!/usr/bin/env bash
# Runs tests with ctest, then says which were skipped and why. Its output stays in build/PRESET/ctest.log.
# usage: tools/run_tests.sh [OPTION OF CTEST...]    such as -L kernel, -R store
# PRESET is the preset that was built (release). JOBS is how many run at once. HASHLENS_NO_SKIPS=1: a skipped test is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${PRESET:-release}

status=0
ctest --preset "$preset" -j "${JOBS:-$(nproc)}" --no-tests=error "$@" 2>&1 | tee "build/$preset/ctest.log" || status=$?
python3 tools/skipped_tests.py ${HASHLENS_NO_SKIPS:+--none} "build/$preset/Testing/Temporary/LastTest.log" || status=1
exit $status
