# Sourced by scripts that run one thing after the other: names each of them and measures it.
# The script needs `set -euo pipefail`.
#
#   stage NAME COMMAND...      Run COMMAND. If it fails, print the table of the stages so far and one
#                              line that names this stage, and exit with the status of COMMAND.
#   try_stage NAME COMMAND...  Run and measure COMMAND, say nothing, and go on. $stage_status is the
#                              exit status of COMMAND.
#   print_stages               Print a table: wall and processor seconds of each stage, and the total.
#   stages_as_json             Print the same as JSON.
#
# COMMAND may be a function. It runs in a subshell with errexit on: the first command in it that fails
# ends it, and it cannot change variables or the folder of the script. Stages inside COMMAND have a
# table of their own. A process counts as processor time if the stage has waited for it.
# shellcheck shell=bash

forget_stages() {
  stage_names=()
  stage_wall_ms=()
  stage_cpu_ms=()
  stage_statuses=()
  stage_status=0
}
forget_stages

# Sets stage_clock to now and stage_cpu_clock to the processor time of this shell's ended children, in ms.
read_stage_clocks() {
  local line fields
  stage_clock=$((${EPOCHREALTIME//[!0-9]/} / 1000))
  read -r line <"/proc/$BASHPID/stat"
  # proc(5): cutime and cstime, in 1/100 s; the name in parentheses is the second field.
  read -r -a fields <<<"${line##*) }"
  stage_cpu_clock=$(((fields[13] + fields[14]) * 10))
}

stage_seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

try_stage() {
  local name=$1 started cpu_started
  shift
  # Bash ignores errexit, in subshells too, wherever the caller is part of a condition.
  set +e
  (
    set -e
    false
    exit 99
  )
  if [ $? = 99 ]; then
    echo "stage: $name: a stage cannot be part of a condition (if, &&, ||, !): errexit is off there" >&2
    exit 2
  fi
  set -e
  read_stage_clocks
  started=$stage_clock cpu_started=$stage_cpu_clock
  set +e
  (
    set -e
    forget_stages
    "$@"
  )
  stage_status=$?
  set -e
  read_stage_clocks
  stage_names+=("$name")
  stage_wall_ms+=($((stage_clock - started)))
  stage_cpu_ms+=($((stage_cpu_clock - cpu_started)))
  stage_statuses+=("$stage_status")
}

stage() {
  echo "stage: $1" >&2
  try_stage "$@"
  local seconds
  seconds=$(stage_seconds "${stage_wall_ms[-1]}")
  if [ "$stage_status" != 0 ]; then
    print_stages >&2
    echo "stage: $1 FAILED with exit status $stage_status after $seconds s: ${*:2}" >&2
    exit "$stage_status"
  fi
  echo "stage: $1 ok ($seconds s)" >&2
}

print_stages() {
  local i width=5 wall=0 cpu=0
  for i in "${!stage_names[@]}"; do
    if [ ${#stage_names[i]} -gt "$width" ]; then width=${#stage_names[i]}; fi
  done
  printf '%-*s %10s %12s\n' "$width" stage 'wall s' 'processor s'
  for i in "${!stage_names[@]}"; do
    printf '%-*s %10s %12s%s\n' "$width" "${stage_names[i]}" "$(stage_seconds "${stage_wall_ms[i]}")" \
      "$(stage_seconds "${stage_cpu_ms[i]}")" "$([ "${stage_statuses[i]}" = 0 ] || echo '  FAILED')"
    wall=$((wall + stage_wall_ms[i]))
    cpu=$((cpu + stage_cpu_ms[i]))
  done
  printf '%-*s %10s %12s\n' "$width" total "$(stage_seconds "$wall")" "$(stage_seconds "$cpu")"
}

# [{"stage":"setup","wall_s":1.2,"processor_s":0.9,"status":0}, ...]; names hold no quotes.
stages_as_json() {
  local i rows=()
  for i in "${!stage_names[@]}"; do
    rows+=("$(printf '{"stage":"%s","wall_s":%s,"processor_s":%s,"status":%d}' "${stage_names[i]}" \
      "$(stage_seconds "${stage_wall_ms[i]}")" "$(stage_seconds "${stage_cpu_ms[i]}")" "${stage_statuses[i]}")")
  done
  local IFS=,
  echo "[${rows[*]-}]"
}
