#!/usr/bin/env bash
# How long building takes: wall and processor seconds, in new clones with a compiler cache of their own. Let the machine do nothing
# else meanwhile. The system's packages must be installed: run `make all` once before.
# usage: bench/build_times.sh FOLDER [COMMIT]    FOLDER is made and left, with times.json; COMMIT (HEAD) is what is built
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
commit=$(git -C "$repository" rev-parse "${2:-HEAD}")
# shellcheck source=tools/stages.sh
source "$repository/tools/stages.sh"
mkdir "$1"
cd "$1"
export CCACHE_DIR=$PWD/ccache

clone() {
  git clone -q "$repository" "$1"
  git -C "$1" checkout -q "$commit"
}
change_one_file() {
  sed -i '1i // changed' one/src/library/search.cc
  make -s -C one program
}
quietly() { "$@" >>log 2>&1; }

clone one
clone two
stage "make demo, new clone, empty cache" quietly make -C one demo
stage "make demo, done again" quietly make -C one demo
stage "make test after it" quietly make -C one test
stage "src/library/search.cc changed, program linked" quietly change_one_file
stage "make demo, another clone, same cache" quietly make -C two demo
print_stages
stages_as_json >times.json
