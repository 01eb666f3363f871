#!/usr/bin/env bash
# Indexes a folder of pictures, searches it three times, and writes demo.html: what `make demo` shows.
set -euo pipefail

pictures=${1:?usage: tools/demo.sh FOLDER}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=build/release/bin/hashlens
pictures=$(realpath -e -- "$pictures") || { echo "demo: there is no such folder" >&2; exit 2; }
# One library a collection, so that a second `make demo` finds everything done.
library=build/demo/$(basename -- "$pictures")-$(printf %s "$pictures" | cksum | cut -d' ' -f1).hashlens
mkdir -p build/demo

say() { echo "demo: $*" >&2; }

say "indexing $pictures"
status=0
"$program" index "$library" "$pictures" || status=$?
# 3: some files are broken, which a collection of one's own may well have.
if [ $status != 0 ] && [ $status != 3 ]; then exit $status; fi

# Three pictures of the library, spread over it.
list=build/demo/list
rm -rf "$list"
"$program" --quiet export "$library" "$list"
count=$(wc -l <"$list/images.jsonl")
if [ "$count" -lt 3 ]; then
  say "only $count pictures there; the demo needs three"
  exit 2
fi
queries=()
for sixth in 1 3 5; do
  line=$((count * sixth / 6 + 1))
  queries+=(--id "$(sed -n "${line}p" "$list/images.jsonl" | sed 's/.*"id":\([0-9]*\).*/\1/')")
done

say "searching with three of the $count pictures"
"$program" search "$library" "${queries[@]}" -k 12 --html demo.html
say "open demo.html in a browser; \`$program search $library PICTURE\` searches with a picture of yours"
