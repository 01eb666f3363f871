#!/usr/bin/env bash
# The checks that take too long for .ci/run: the part that a change touches, and all of them before a release.
# What a part needs is installed by tools/setup.sh, and by apt-get where that says so.
set -euo pipefail

parts=(kills schemathesis train wheel docs dev tidy asan asan-train tsan fuzz packages service)
declare -A about=(
  [kills]="kill -9 a hundred times while a library is written, and full disks"
  [schemathesis]="the server against its API description: 400 requests per operation"
  [train]="make test-all: every test of the release build, and training from end to end"
  [wheel]="the Python wheel: tests, mypy --strict, the tutorial"
  [docs]="the documentation site: every link, nothing from the network"
  [dev]="each file compiled alone, with assertions, warnings are errors: training and tests, too"
  [tidy]="tools/check.sh with clang-tidy: every file, training too"
  [asan]="every test without training, under the address and undefined-behaviour sanitizers"
  [asan-train]="the tests of src/train under the same sanitizers"
  [tsan]="the tests of all modules and of the server under the thread sanitizer"
  [fuzz]="each fuzz target for a minute (HASHLENS_FUZZ_MINUTES), with clang's libFuzzer"
  [packages]="make deb; install, use and remove the packages in a new Debian (root, network, 2 GB)"
  [service]="hashlens.service under systemd in a new Debian (root, network, 2 GB)"
)

usage() {
  cat <<'TEXT'
Usage: tools/check_all.sh [--list] [--again] [PART...]
Runs the parts, or all of them in order, and goes on after one that failed. A part that has passed for
the present content of the tree is not run again, so an interrupted run can simply be repeated.
  --list   print the parts
  --again  also run parts that have passed
  PART     see --list; `sanitizers` stands for asan, asan-train and tsan
The output of a part is in build/check_all/PART.log. Exits with 1 if a part failed.

Examples:
  tools/check_all.sh                       before a release
  tools/check_all.sh kills sanitizers      after a change of src/store
  tools/check_all.sh schemathesis tsan     after a change of apps/server
  tools/check_all.sh --again packages      once more, with the same content
TEXT
}

list_parts() {
  local part
  for part in "${parts[@]}"; do printf '%-14s%s\n' "$part" "${about[$part]}"; done
}

say() { echo "check_all: $*" >&2; }

again=0
wanted=()
for argument in "$@"; do
  case $argument in
    --list) list_parts; exit 0 ;;
    --again) again=1 ;;
    -h | --help) usage; exit 0 ;;
    sanitizers) wanted+=(asan asan-train tsan) ;;
    *)
      if [ -z "${about[$argument]-}" ]; then
        say "there is no part \"$argument\"; --list prints the parts"
        exit 2
      fi
      wanted+=("$argument")
      ;;
  esac
done
if [ ${#wanted[@]} = 0 ]; then wanted=("${parts[@]}"); fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/stages.sh
source tools/stages.sh
# shellcheck source=tools/progress.sh
source tools/progress.sh
shopt -s nullglob
state=build/check_all
jobs=$(nproc)
mkdir -p "$state"

# --- What parts are made of.

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs Debian packages that no other work on hashlens needs.
need_packages() {
  local name missing=()
  for name in "$@"; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" != installed ]; then missing+=("$name"); fi
  done
  if [ ${#missing[@]} = 0 ]; then return; fi
  as_root apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
    install --no-install-recommends "${missing[@]}"
}

# with_test_logs COMMAND...: runs a program that calls ctest, and keeps the logs that ctest would overwrite.
with_test_logs() {
  local status=0 log kept
  rm -f build/*/Testing/Temporary/LastTest.log
  "$@" || status=$?
  for log in build/*/Testing/Temporary/LastTest.log; do
    kept=("$state/$part".*.ctest.log)
    cp "$log" "$state/$part.${#kept[@]}.ctest.log"
  done
  return $status
}

run_ctest() { with_test_logs ctest --preset "$1" --no-tests=error "${@:2}"; }

build() { cmake --build --preset "$1" -j "$jobs" "${@:2}"; }

# The program with its model, and the model of the end-to-end tests.
build_release() {
  make
  cmake --preset release -D HASHLENS_TESTS=ON
  build release --target hashlens hashlens_make_test_model
}

# --- The parts, in order.

part_kills() {
  tools/setup.sh --tests
  build_release
  HASHLENS_KILLS=100 run_ctest release -R '^e2e[.]test_(crash|features)$'
}

part_schemathesis() {
  tools/setup.sh --tests --web
  build_release
  HASHLENS_OPENAPI_EXAMPLES=400 run_ctest release -R '^e2e[.]test_openapi$'
  tools/skipped_tests.py --none "$state/$part".*.ctest.log
}

part_train() {
  # All that a test may miss, so that none is skipped.
  tools/setup.sh --tests --train --baselines --bench --check --package --web
  with_test_logs make test-all
}

part_wheel() {
  tools/setup.sh --python
  make train
  tools/python_wheel.sh --all
}

part_docs() { make docs; }

part_dev() {
  tools/setup.sh --tests --train --baselines
  cmake --preset dev
  build dev --target all hashlens_{module,kernel,plain,train}_tests
}

part_tidy() {
  # clang-tidy reads the files of training and of the baselines, too.
  tools/setup.sh --tests --train --baselines --check
  tools/check.sh
}

part_asan() {
  tools/setup.sh --tests --baselines --web
  cmake --preset asan-ubsan -D HASHLENS_TRAIN=OFF
  build asan-ubsan --target all hashlens_module_tests hashlens_kernel_tests
  # Those of the kind `plain` are for what sanitizers cannot run.
  UBSAN_OPTIONS=print_stacktrace=1 run_ctest asan-ubsan -j "$jobs" -LE '^plain$'
}

# Not e2e.test_train: with the sanitizers it would take half an hour; its pieces have tests here.
part_asan-train() {
  tools/setup.sh --tests --train --baselines
  cmake --preset asan-ubsan -D HASHLENS_TRAIN=ON
  build asan-ubsan --target hashlens_train_tests
  UBSAN_OPTIONS=print_stacktrace=1 run_ctest asan-ubsan -j "$jobs" -L '^train$' -E '^e2e[.]'
}

part_tsan() {
  tools/setup.sh --tests --baselines --web
  cmake --preset tsan -D HASHLENS_TRAIN=OFF
  build tsan --target all hashlens_module_tests
  # Without what cannot run under it: the real decoding program, whose sandbox refuses what the sanitizer does, and the file system
  # that takes the place of system calls before the sanitizer is ready.
  run_ctest tsan -j "$jobs" -L '^module$' -E '^module[.](image|poor_file_system)$'
  GTEST_FILTER='FakeDecoder*:DecodePool*:SharedMemory*-*TheRealProgram*' run_ctest tsan -R '^module[.]image$'
  run_ctest tsan -R '^e2e[.]test_(serve|openapi)'
}

part_fuzz() {
  tools/setup.sh --tests --fuzz
  tools/fuzz.sh all "${HASHLENS_FUZZ_MINUTES:-1}"
}

part_packages() {
  need_packages debootstrap
  make deb
  packaging/check_contents.sh build/release/packages
  as_root packaging/check_deb.sh build/release/packages
}

part_service() {
  need_packages debootstrap systemd-container
  make deb
  as_root packaging/check_service.sh build/release/packages
}

# --- Running them.

# The hash of all files but those that git ignores, whether committed or not.
tree_content() {
  local scratch status=0
  scratch=$(mktemp -d)
  # A copy of the index, as old as it is, knows which files are unchanged. Nothing is written into .git.
  cp -p "$(git rev-parse --git-path index)" "$scratch/index" &&
    (
      objects=$(git rev-parse --git-path objects)
      export GIT_INDEX_FILE=$scratch/index GIT_OBJECT_DIRECTORY=$scratch/objects
      export GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/$objects
      case $objects in /*) GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects ;; esac
      mkdir "$scratch/objects" && git add -A && git write-tree
    ) || status=$?
  rm -rf "$scratch"
  return $status
}

# Sets before to what tree_content prints.
read_content() {
  before=$(tree_content) || {
    say "cannot read the content of the tree with git (above)"
    exit 1
  }
}

run_part() { "part_$part" </dev/null >"$state/$part.log" 2>&1; }

exec 9>"$state/lock"
flock -n 9 || {
  say "another tools/check_all.sh is at work in $PWD"
  exit 2
}
trap stop_progress EXIT
trap 'stop_progress; say "interrupted in $part; run the same command to go on there"; exit 130' INT TERM

passed_before=()
failed=()
number=0
for part in "${wanted[@]}"; do
  number=$((number + 1))
  label="[$number/${#wanted[@]}]"
  read_content
  started_with=$before
  if [ $again = 0 ] && [ "$(cat "$state/$part.passed" 2>/dev/null)" = "$started_with" ]; then
    say "$label $part: has passed for this content"
    passed_before+=("$part")
    continue
  fi
  rm -f "$state/$part".*
  say "$label $part: ${about[$part]}"
  show_progress "$label $part" "$state/$part.log"
  try_stage "$part" run_part 9>&-
  stop_progress
  took=$(duration $((stage_wall_ms[-1] / 1000)))
  if [ "$stage_status" != 0 ]; then
    tail -n 20 "$state/$part.log" >&2
    say "$label $part: FAILED after $took; all of its output: $state/$part.log"
    failed+=("$part")
    continue
  fi
  say "$label $part: passed in $took; its output: $state/$part.log"
  read_content
  if [ "$before" = "$started_with" ]; then
    echo "$before" >"$state/$part.passed"
  else
    say "$label $part: files changed while it ran, so it will run again next time"
  fi
done

if [ ${#stage_names[@]} -gt 0 ]; then print_stages; fi
logs=()
for part in "${wanted[@]}"; do
  logs+=("$state/$part".*.ctest.log)
  # Its pytest runs without ctest.
  if [ "$part" = wheel ] && [ -f "$state/wheel.log" ]; then logs+=("$state/wheel.log"); fi
done
# A log without a finished run is that of a part that failed.
if [ ${#logs[@]} -gt 0 ]; then tools/skipped_tests.py "${logs[@]}" || true; fi

if [ ${#passed_before[@]} -gt 0 ]; then say "passed before for this content: ${passed_before[*]}"; fi
if [ ${#failed[@]} -gt 0 ]; then
  say "FAILED: ${failed[*]}; see $state/PART.log"
  exit 1
fi
say "every part passed: ${wanted[*]}"
