#!/usr/bin/env bash
# Builds the wheel of the Python package in build/python, as `pip wheel` does for everyone, installs it into a new
# environment, and there, with no compiler in PATH, runs its tests, mypy and the tutorial.
# Needs tools/setup.sh --python. CMAKE_CXX_COMPILER_LAUNCHER=ccache makes use of what other builds have compiled.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tools/python_wheel.sh [--build]
  --build  only make build/python/hashlens-*.whl
TEXT
}

only_build=0
case ${1-} in
  '') ;;
  --build) only_build=1 ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=build/python
mkdir -p "$out"

step() { echo "python_wheel: $1" >&2; }
fail() {
  echo "python_wheel: FAILED: $1" >&2
  exit 1
}

# Debian's own Python has the headers of python3-dev.
python=/usr/bin/python3
[ -x $python ] || python=python3
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
# Under the name that CMake takes by itself, and not the one of the Python build: a compiler cache tells them apart.
export CXX=${CXX:-c++}

started=$SECONDS
rm -f "$out"/hashlens-*.whl
[ -x "$out/pip/bin/pip" ] || $python -m venv "$out/pip" || fail "$python -m venv; tools/setup.sh --python installs python3-venv"
CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)} "$out/pip/bin/pip" wheel -q --no-deps -w "$out" . ||
  fail "pip wheel (above)"
wheel=$(echo "$out"/hashlens-*.whl)
step "$wheel, $(du -h "$wheel" | cut -f 1), in $((SECONDS - started)) s"
if [ $only_build = 1 ]; then exit 0; fi

venv=$PWD/$out/venv
rm -rf "$venv"
$python -m venv "$venv"
"$venv/bin/pip" install -q "$wheel" -r tools/requirements-python.txt || fail "pip install (above)"

# Away from the sources, so that the package is the installed one; HOME is empty, so that no setting of the user counts.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r python/tests python/examples docs/tutorial.ipynb "$work"
# The program, for what only it does: training, in the tutorial.
program=$PWD/build/release/bin/hashlens
[ -x "$program" ] || { step "the tutorial trains nothing: no $program (make builds it)"; program=; }
clean() {
  (cd "$work" && env -i "PATH=$venv/bin" "HOME=$work" LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 ${program:+"HASHLENS_PROGRAM=$program"} "$@")
}

step "pytest"
clean python -m pytest -q -p no:cacheprovider tests || fail "pytest (above)"
step "mypy --strict, of the package and the example"
clean python -m mypy --strict --cache-dir "$work/mypy" -p hashlens || fail "mypy, of the package (above)"
clean python -m mypy --strict --cache-dir "$work/mypy" examples || fail "mypy, of the example (above)"
step "docs/tutorial.ipynb"
clean jupyter-execute --output=done.ipynb tutorial.ipynb 2>"$work/notebook" || {
  cat "$work/notebook" >&2
  fail "the tutorial (above)"
}
step "every check passed, $((SECONDS - started)) s"
