#!/usr/bin/env bash
# Every gate that needs no running program, in one command. Runs them all, then names those that failed.
# Needs tools/setup.sh --check.
set -euo pipefail

quick=0
case ${1-} in
  '') ;;
  --quick) quick=1 ;;
  *)
    echo "Usage: tools/check.sh [--quick]    --quick leaves out clang-tidy, which takes minutes" >&2
    exit 2
    ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# find_files PATTERN...: the project's own files with such names, ended by NUL.
find_files() {
  local names=(-name "$1") name
  for name in "${@:2}"; do names+=(-o -name "$name"); done
  find . \( -path ./build -o -path ./.deps -o -path ./.git \) -prune -o -type f \( "${names[@]}" \) -print0
}

check_layers() {
  python3 tools/check_layers.py || return 1
  if ! python3 tests/check_layers_test.py 2>"$work/layers"; then
    cat "$work/layers" >&2
    return 1
  fi
}

check_format() {
  if ! find_files '*.h' '*.cc' | xargs -0 clang-format-14 --dry-run -Werror 2>"$work/format"; then
    # Each file once; without a file name in it, it is a complaint of clang-format or xargs themselves.
    sed -n 's/^\([^:]*\):[0-9]*:.*error:.*/run clang-format-14 -i \1/p' "$work/format" | sort -u >"$work/files"
    if [ -s "$work/files" ]; then cat "$work/files" >&2; else cat "$work/format" >&2; fi
    return 1
  fi
}

check_python() {
  find_files '*.py' | PYTHONPYCACHEPREFIX=$work/pycache xargs -0 python3 -m py_compile
}

check_shell() {
  { find_files '*.sh'; printf '.ci/run\0'; } >"$work/scripts"
  xargs -0 -n 1 bash -n <"$work/scripts" || return 1
  if command -v shellcheck >/dev/null; then
    xargs -0 shellcheck <"$work/scripts"
  else
    echo "check: shellcheck is not installed, scripts are only parsed" >&2
  fi
}

check_tidy() {
  { cmake --preset dev && cmake --build --preset dev --target hashlens_generated; } >"$work/configure" 2>&1 || {
    cat "$work/configure" >&2
    return 1
  }
  # clang-tidy counts the warnings of system headers on stderr; what it found is on stdout.
  tools/tidy_files.py build/dev |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option 2>"$work/tidy" || {
    grep -vE 'warnings? (and [0-9]+ errors? )?generated|treated as error' "$work/tidy" >&2 || true
    return 1
  }
}

failed=()
gate() {
  local started=$SECONDS
  if "check_$1"; then
    echo "check: $1 ok ($((SECONDS - started)) s)" >&2
  else
    echo "check: $1 FAILED" >&2
    failed+=("$1")
  fi
}

gate layers
gate format
gate python
gate shell
if [ $quick = 0 ]; then gate tidy; fi

if [ ${#failed[@]} -gt 0 ]; then
  echo "check: FAILED: ${failed[*]}" >&2
  exit 1
fi
echo "check: every gate passed" >&2
