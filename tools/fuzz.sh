#!/usr/bin/env bash
# Builds fuzz targets and runs them. Needs tools/setup.sh --fuzz.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tools/fuzz.sh TARGET|all MINUTES [--json]
       tools/fuzz.sh --list
Builds the preset `fuzz` and runs a target, or all, for so many minutes each (0.5 will do). What it learns stays in
build/fuzz/corpus/TARGET; the seeds are in fuzz/corpus/TARGET and are never changed.
  --json  print one array of objects instead of a table
  --list  print the names of the targets
JOBS is how many files are compiled, and targets run, at once; the default is all processors.

A target ends at its first finding: a crash, a sanitizer's report, 20 s for one input, or 2 GB of memory. The input is
kept in build/fuzz/findings/TARGET. Exits with 1 if there is any, and says where the input lies.

Examples:
  tools/fuzz.sh jpeg_header 5                                     one target for 5 minutes
  tools/fuzz.sh all 20                                            each for 20 minutes
  build/fuzz/bin/fuzz_lmdb build/fuzz/findings/lmdb/crash-0a1b    a finding again
TEXT
}

say() { echo "fuzz: $*" >&2; }
wrong() {
  say "$1; tools/fuzz.sh --help"
  exit 2
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/progress.sh
source tools/progress.sh
mapfile -t targets < <(sed -n 's/^hashlens_fuzz(\([a-z0-9_]*\) .*/\1/p' fuzz/CMakeLists.txt)

json=0
words=()
for argument in "$@"; do
  case $argument in
    --json) json=1 ;;
    --list) printf '%s\n' "${targets[@]}"; exit 0 ;;
    -h | --help) usage; exit 0 ;;
    -*) wrong "there is no option $argument" ;;
    *) words+=("$argument") ;;
  esac
done
if [ ${#words[@]} != 2 ]; then wrong "a target and a number of minutes are needed"; fi
wanted=("${words[0]}")
if [ "${words[0]}" = all ]; then
  wanted=("${targets[@]}")
elif ! printf '%s\n' "${targets[@]}" | grep -qxF -- "${words[0]}"; then
  wrong "there is no target \"${words[0]}\"; --list prints all"
fi
[[ ${words[1]} =~ ^[0-9]*\.?[0-9]+$ ]] || wrong "\"${words[1]}\" is no number of minutes"
seconds=$(awk -v minutes="${words[1]}" 'BEGIN { printf "%d", minutes * 60 }')
if [ "$seconds" -lt 1 ]; then wrong "\"${words[1]}\" minutes are less than a second"; fi

folder=build/fuzz
at_once=${JOBS:-$(nproc)}
[[ $at_once =~ ^[1-9][0-9]*$ ]] || wrong "JOBS=$at_once is no number of jobs"
mkdir -p $folder/log
# Files that a target writes are in memory where the system has room for them there.
if [ -z "${TMPDIR-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi

build() {
  cmake --preset fuzz
  cmake --build --preset fuzz -j "$at_once" --target "${wanted[@]/#/fuzz_}"
}
if ! build >$folder/build.log 2>&1; then
  tail -n 20 $folder/build.log >&2
  say "cannot build; tools/setup.sh --fuzz installs what is needed; all of the output: $folder/build.log"
  exit 2
fi

running=()
end() {
  stop_progress
  if [ ${#running[@]} -gt 0 ]; then kill "${running[@]}" 2>/dev/null || true; fi
}
trap end EXIT
trap 'exit 130' INT TERM

# start TARGET: in the background; its process is the last of `running`.
start() {
  local target=$1 options=()
  mkdir -p "$folder/corpus/$target" "$folder/findings/$target" "fuzz/corpus/$target"
  if [ -f "fuzz/dictionaries/$target.dict" ]; then options+=("-dict=fuzz/dictionaries/$target.dict"); fi
  "$folder/bin/fuzz_$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -max_len=16384 -print_final_stats=1 \
    -artifact_prefix="$folder/findings/$target/" "${options[@]}" "$folder/corpus/$target" "fuzz/corpus/$target" \
    >"$folder/log/$target.log" 2>&1 &
  running+=($!)
}

# report TARGET STATUS: a line of the table, or an object of the array.
report() {
  local target=$1 log=$folder/log/$1.log executions rate edges features finding=
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  features=$(sed -n 's/.* ft: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  if [ "$2" != 0 ]; then
    finding=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    finding=${finding:-$log} # none: it did not come to run an input
    found+=("$target: $finding")
  fi
  if [ $json = 0 ]; then
    printf '%-16s %12s %8s %8s %9s  %s\n' "$target" "${executions:--}" "${rate:--}" "${edges:--}" "${features:--}" "${finding:-none}"
  else
    rows+=("$(printf '{"target":"%s","seconds":%d,"executions":%d,"exec_per_s":%d,"edges":%d,"features":%d,"finding":%s}' "$target" \
      "$seconds" "${executions:-0}" "${rate:-0}" "${edges:-0}" "${features:-0}" "$([ -z "$finding" ] && echo null || echo "\"$finding\"")")")
  fi
}

found=()
rows=()
if [ $json = 0 ]; then printf '%-16s %12s %8s %8s %9s  %s\n' target executions exec/s edges features finding; fi
for ((first = 0; first < ${#wanted[@]}; first += at_once)); do
  together=("${wanted[@]:first:at_once}")
  running=()
  for target in "${together[@]}"; do start "$target"; done
  show_progress "${together[*]}" "$folder/log/$target.log"
  for i in "${!together[@]}"; do
    status=0
    wait "${running[i]}" || status=$?
    report "${together[i]}" $status
  done
  stop_progress
  running=()
done
if [ $json = 1 ]; then
  IFS=,
  echo "[${rows[*]}]"
fi

if [ ${#found[@]} -gt 0 ]; then
  for line in "${found[@]}"; do say "found $line; the output: $folder/log/${line%%:*}.log"; done
  exit 1
fi
