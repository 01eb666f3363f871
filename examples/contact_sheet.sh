#!/usr/bin/env bash
# Searches a library for every picture of a folder, and puts all hits on one page that opens in any browser.
set -euo pipefail
hashlens=${HASHLENS_PROGRAM:-hashlens}
if [ $# -ne 3 ]; then
  echo "usage: contact_sheet.sh LIB FOLDER PAGE.html" >&2
  exit 2
fi

# One process for all queries: the network is loaded once. A picture that cannot be read is named, and the rest goes on.
find "$2" -maxdepth 1 -type f -print0 | sort -z | xargs -0 -r "$hashlens" search "$1" -k 8 --html "$3" >/dev/null
