#!/usr/bin/env bash
# Judges models on the same labelled pictures, side by side. Needs jq.
set -euo pipefail
hashlens=${HASHLENS_PROGRAM:-hashlens}
if [ $# -lt 3 ]; then
  echo "usage: compare_models.sh DATABASE QUERIES MODEL..." >&2
  exit 2
fi

printf 'model\tbits\tmAP@k\tmethod\n'
for model in "${@:3}"; do
  "$hashlens" --quiet eval --model "$model" --database "$1" --queries "$2" --json |
    jq -r '.model.name as $model | .methods[] | [$model, .bits, .map_at_k, .name] | @tsv'
done
