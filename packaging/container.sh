#!/usr/bin/env bash
# Makes the image `hashlens` from the packages of `make deb`, with podman, else docker.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
packages=build/release/packages
if ! compgen -G "$packages/hashlens_*.deb" >/dev/null; then
  echo "container: no package in $packages; run \`make deb\` first" >&2
  exit 5
fi
for engine in podman docker; do
  if command -v $engine >/dev/null; then
    exec $engine build -f packaging/Containerfile -t "${1:-hashlens}" $packages
  fi
done
echo "container: neither podman nor docker is installed" >&2
exit 2
