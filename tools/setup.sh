#!/usr/bin/env bash
# Installs what building and running hashlens needs: system packages, a Python environment in
# .deps/venv, and the parts of the model in .deps/models. Options add more. Debian 12 is the
# reference. Debian 13: its packages and headers were checked, hashlens was not built there. Ubuntu
# 24.04: untried. docs/howto/install.md says more, and what to install by hand without dpkg.
# Run again at any time: what is there already is left alone, what was interrupted is finished.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tools/setup.sh [--tests] [--train] [--check] [--bench] [--baselines] [--package] [--docs] [--python] [--web] [--fuzz]
  --tests  also install what the tests need, and the shells whose completions are tested
  --train  also install libtorch, for training
  --check  also install what tools/check.sh uses (clang-format, clang-tidy, shellcheck)
  --bench  also install the peers that bench/ compares with
  --package  also install what makes Debian packages
  --docs  also install what makes the documentation site
  --baselines  also install FLANN, ANN and OpenCV, which `hashlens eval --baselines` compares with when built with them, and with whose
    dnn module a test compares imported Caffe models
  --python  also install what tools/python_wheel.sh needs to build the Python package
  --web  also install what tests `hashlens serve` and its page: Chromium and Playwright (tests/browser), Schemathesis
  --fuzz  also install clang with libFuzzer and the sanitizers, for tools/fuzz.sh
TEXT
}

with_tests=0
with_train=0
with_check=0
with_bench=0
with_baselines=0
with_package=0
with_docs=0
with_python=0
with_web=0
with_fuzz=0
for argument in "$@"; do
  case $argument in
    --tests) with_tests=1 ;;
    --train) with_train=1 ;;
    --check) with_check=1 ;;
    --bench) with_bench=1 ;;
    --baselines) with_baselines=1 ;;
    --package) with_package=1 ;;
    --docs) with_docs=1 ;;
    --python) with_python=1 ;;
    --web) with_web=1 ;;
    --fuzz) with_fuzz=1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=.deps/venv
parts=.deps/models/efficientnet-lite0-parts
log=.deps/setup.log

packages=(g++ cmake ninja-build make ccache lld git python3 python3-venv pkg-config
  libjpeg-dev libturbojpeg0-dev libvips-dev libopenjp2-7-dev libtiff-dev libopenexr-dev libraw-dev libavif-dev libjxl-dev zlib1g-dev
  libseccomp-dev libexif-dev libsqlite3-dev libhwy-dev libeigen3-dev
  libopenblas-dev libisal-dev libssl-dev nlohmann-json3-dev libcli11-dev libfmt-dev
  libcpp-httplib-dev libtomlplusplus-dev wordnet-base
  liblmdb-dev libsnappy-dev libhdf5-dev libprotobuf-dev protobuf-compiler)
if [ $with_tests = 1 ]; then
  packages+=(libgtest-dev libgmock-dev libleveldb-dev zsh fish groff-base jq)
  # Encoders and decoders of tests/oracle.
  packages+=(imagemagick libavif-bin libheif-examples libjpeg-turbo-progs libjxl-tools libopenjp2-tools librsvg2-bin libtiff-tools webp)
fi
if [ $with_train = 1 ]; then packages+=(libtorch-dev); fi
if [ $with_check = 1 ]; then packages+=(clang-format-14 clang-tidy-14 shellcheck); fi
if [ $with_package = 1 ]; then packages+=(dpkg-dev file binutils); fi
if [ $with_bench = 1 ]; then packages+=(python3-dev); fi
if [ $with_baselines = 1 ]; then packages+=(libflann-dev libann-dev liblz4-dev libopencv-imgproc-dev libopencv-features2d-dev
  libopencv-dnn-dev); fi
if [ $with_python = 1 ]; then packages+=(python3-dev); fi
if [ $with_fuzz = 1 ]; then packages+=(clang-14 libclang-rt-14-dev); fi

if [ $with_web = 1 ]; then
  packages+=(chromium)
  # Node.js from elsewhere brings its npm, and keeps Debian's out.
  command -v npm >/dev/null || packages+=(nodejs npm)
fi

step() { current_step=$1; echo "setup: [$1] $2" >&2; }

# fail WHAT [LOG]: one last line that says which step failed and what to do.
fail() {
  if [ $# -gt 1 ] && [ -s "$2" ]; then tail -n 15 "$2" >&2; fi
  echo "setup: FAILED in step [$current_step]: $1" >&2
  exit 1
}

# Runs a command with its output in the log, saying every 20 s that it is still at work.
heartbeat=
stop_heartbeat() { if [ -n "$heartbeat" ]; then kill "$heartbeat" 2>/dev/null || true; heartbeat=; fi; }
trap stop_heartbeat EXIT
run_logged() {
  (
    seconds=0
    while sleep 20 >/dev/null 2>&1; do
      seconds=$((seconds + 20))
      echo "setup:   ${seconds} s: $(tail -n 1 "$log" | cut -c 1-90)" >&2
    done
  ) 9>&- &
  heartbeat=$!
  local status=0
  "$@" </dev/null >>"$log" 2>&1 || status=$?
  stop_heartbeat
  return $status
}

missing_packages() {
  local name
  for name in "${packages[@]}"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true) in
      installed) ;;
      *) echo "$name" ;;
    esac
  done
}

install_packages() {
  step 1/3 "system packages"
  command -v dpkg-query >/dev/null || {
    echo "setup:   no dpkg here: install by hand what docs/howto/install.md lists; going on without" >&2
    return
  }
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  local by_hand="sudo apt-get update && sudo apt-get install ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    # sudo asks for its password on the terminal; without one it must not need a password.
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
      sudo -v || fail "sudo refused; run \`$by_hand\` yourself, then this again"
    else
      fail "needs root or sudo: run \`$by_hand\` yourself, then this again"
    fi
  fi
  echo "setup:   installing ${#missing[@]} packages; some minutes the first time" >&2
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
  run_logged "${as_root[@]}" "${apt[@]}" update ||
    fail "apt-get update failed (above); check the network and apt's sources, then run this again" "$log"
  run_logged "${as_root[@]}" "${apt[@]}" install --no-install-recommends "${missing[@]}" ||
    fail "apt-get install failed (above); run \`$by_hand\` to see more, then this again" "$log"
  touch .deps/installed  # what is built depends on it: tools/configure.sh
}

# The first Python that can make environments: the system's, else the one in PATH.
find_python() {
  local python
  for python in /usr/bin/python3 python3; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

# install_requirements FILE [CONSTRAINTS]: does nothing when the file was installed into this environment before.
# CONSTRAINTS pins what pip compiles packages with that come as source only.
install_requirements() {
  local stamp hash
  stamp=$venv/.$(basename "$1" .txt).sha256
  hash=$(sha256sum <"$1")
  if [ "$(cat "$stamp" 2>/dev/null)" = "$hash" ]; then return; fi
  # While this file exists the environment may be half installed, which pip cannot tell.
  touch "$venv/.installing"
  run_logged env ${2:+PIP_CONSTRAINT="$2"} "$venv/bin/python" -m pip install --no-deps --no-input --disable-pip-version-check \
    --progress-bar off -r "$1" ||
    fail "pip could not install $1 (above); check the network, then run this again" "$log"
  echo "$hash" >"$stamp"
  rm "$venv/.installing"
  touch .deps/installed
}

install_python() {
  step 2/3 "Python environment in $venv"
  local python
  if [ -e $venv/.installing ] || ! $venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf $venv
    python=$(find_python) || fail "no Python 3.11 or newer with the venv module; install python3-venv, then run this again"
    run_logged "$python" -m venv $venv || fail "$python -m venv $venv failed (above)" "$log"
  fi
  install_requirements tools/requirements.txt
  if [ $with_tests = 1 ] || [ $with_bench = 1 ]; then install_requirements tools/requirements-tests.txt; fi
  if [ $with_python = 1 ]; then install_requirements tools/requirements-wheel.txt; fi
  if [ $with_bench = 1 ]; then install_requirements tools/requirements-bench.txt tools/constraints-bench.txt; fi
  if [ $with_docs = 1 ]; then install_requirements tools/requirements-docs.txt; fi
  if [ $with_web = 1 ]; then install_requirements tools/requirements-web.txt; fi
}

# The packages of tests/browser.
install_browser_tests() {
  step 2/3 "packages of tests/browser"
  if [ -e tests/browser/node_modules/.package-lock.json ] &&
    [ tests/browser/node_modules/.package-lock.json -nt tests/browser/package-lock.json ]; then return; fi
  run_logged npm --prefix tests/browser ci --ignore-scripts --no-audit --no-fund ||
    fail "npm could not install the packages of tests/browser (above); check the network, then run this again" "$log"
  touch .deps/installed
}

prepare_model() {
  step 3/3 "parts of the model in $parts"
  local without=()
  if [ ! -e /usr/share/wordnet/data.noun ]; then
    echo "setup:   no WordNet here (Debian: wordnet-base): the model will tell no categories" >&2
    without=(--without-classes)
  fi
  # It sees by itself whether its outputs are up to date.
  run_logged $venv/bin/python tools/prepare_model.py "${without[@]}" $parts || fail "tools/prepare_model.py failed (above)" "$log"
}

current_step=0/3
mkdir -p .deps || fail "cannot make $PWD/.deps; this folder must be writable"
# One setup at a time; a second one waits for the first.
exec 9>.deps/setup.lock
flock 9
: >"$log"
install_packages
install_python
if [ $with_web = 1 ]; then install_browser_tests; fi
prepare_model
echo "setup: done" >&2
