# Sourced by scripts whose work writes a log: shows on a terminal, once a second, how long it has gone
# on and the log's last line. The script calls stop_progress at its end, too (`trap stop_progress EXIT`).
#
#   show_progress WHAT LOG
#   stop_progress
# shellcheck shell=bash

duration() { printf '%d:%02d:%02d' $(($1 / 3600)) $(($1 / 60 % 60)) $(($1 % 60)); }

progress=
show_progress() {
  if [ ! -t 2 ]; then return; fi
  local started=$SECONDS columns
  columns=$(tput cols 2>/dev/null || echo 80)
  # 9 is the lock that a script may hold.
  while sleep 1; do
    printf '\r\033[K%.*s' $((columns - 1)) \
      "$1 $(duration $((SECONDS - started))): $(tail -n 1 "$2" 2>/dev/null | tr -cd '[:print:]')" >&2
  done 9>&- &
  progress=$!
}
stop_progress() {
  if [ -z "$progress" ]; then return; fi
  kill "$progress" 2>/dev/null || true
  wait "$progress" 2>/dev/null || true
  progress=
  printf '\r\033[K' >&2
}
