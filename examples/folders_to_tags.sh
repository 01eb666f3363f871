#!/usr/bin/env bash
# Indexes a folder of class folders, and gives each image a tag with the name of the folder that it is in: label=NAME, or KEY=NAME.
set -euo pipefail
hashlens=${HASHLENS_PROGRAM:-hashlens}
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  echo "usage: folders_to_tags.sh LIB FOLDER [KEY]" >&2
  exit 2
fi

for folder in "$2"/*/; do
  [ -d "$folder" ] || continue
  "$hashlens" --quiet index "$1" "$folder" --tag "${3:-label}=$(basename "$folder")"
done
"$hashlens" info "$1" --tags
