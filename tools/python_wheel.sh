#!/usr/bin/env bash
# Builds the wheel of the Python package in build/python, installs it into a new environment, and there, with no compiler in PATH,
# runs its tests; with --all also mypy and the tutorial. Needs tools/setup.sh --python.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tools/python_wheel.sh [--build | --all]
Makes build/python/hashlens-*.whl, installs it into a new environment and runs its tests there. It is built with the OpenVINO of
.deps/venv, so that the compiler cache knows what `make` has compiled.
  --build  only make build/python/hashlens-*.whl, in an environment that pip makes, as for everyone
  --all    the same with its tests; also check the types of the package and its examples (mypy --strict), and run the tutorial
TEXT
}

steps=tests
if [ $# -gt 1 ]; then
  usage >&2
  exit 2
fi
case ${1-} in
  '') ;;
  --build) steps=build ;;
  --all) steps=all ;;
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
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
if [ $steps = tests ]; then
  builder=.deps/venv/bin/python isolation=--no-build-isolation
else
  builder=$out/pip/bin/python isolation=
  [ -x $builder ] || $python -m venv "$out/pip" || fail "$python -m venv; tools/setup.sh --python installs python3-venv"
fi
$builder -m pip wheel -q --no-deps $isolation -w "$out" . || fail "pip wheel (above)"
wheel=$(echo "$out"/hashlens-*.whl)
step "$wheel, $(du -h "$wheel" | cut -f 1), in $((SECONDS - started)) s"
if [ $steps = build ]; then exit 0; fi

venv=$PWD/$out/venv
rm -rf "$venv"
$python -m venv "$venv"
requirements=(-r tools/requirements-python.txt)
if [ $steps = all ]; then requirements+=(-r tools/requirements-python-all.txt); fi
"$venv/bin/pip" install -q "$wheel" "${requirements[@]}" || fail "pip install (above)"

# Away from the sources, so that the package is the installed one; HOME is empty, so that no setting of the user counts.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r python/tests python/examples docs/tutorial.ipynb "$work"
# The program, for what only it does: training.
program=$PWD/build/release/bin/hashlens
[ -x "$program" ] && [ -x "$program-train" ] || program=
clean() {
  (cd "$work" && env -i "PATH=$venv/bin" "HOME=$work" LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 ${program:+"HASHLENS_PROGRAM=$program"} "$@")
}

step "pytest"
clean python -m pytest -q -rs -p no:cacheprovider tests || fail "pytest (above)"
if [ $steps = tests ]; then
  step "the tests passed, $((SECONDS - started)) s"
  exit 0
fi

step "mypy --strict, of the package and the example"
clean python -m mypy --strict --cache-dir "$work/mypy" -p hashlens || fail "mypy, of the package (above)"
clean python -m mypy --strict --cache-dir "$work/mypy" examples || fail "mypy, of the example (above)"
step "docs/tutorial.ipynb"
if [ -z "$program" ]; then step "the tutorial trains nothing: no hashlens-train in build/release/bin (make train builds it)"; fi
clean jupyter-execute --output=done.ipynb tutorial.ipynb 2>"$work/notebook" || {
  cat "$work/notebook" >&2
  fail "the tutorial (above)"
}
step "every check passed, $((SECONDS - started)) s"
