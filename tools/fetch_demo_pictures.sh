#!/usr/bin/env bash
# Puts the pictures of the demo into a folder: the PNG stamps of Debian's package tuxpaint-stamps-default, in folders
# by kind (animals, food, vehicles, ...). The package is only downloaded and unpacked, never installed; root is not needed.
# Does nothing when the folder is there already.
set -euo pipefail

package=tuxpaint-stamps-default
if [ $# -ne 1 ] || [ -z "$1" ]; then
  echo "Usage: tools/fetch_demo_pictures.sh OUT" >&2
  exit 2
fi
out=${1%/}

fail() {
  echo "fetch_demo_pictures: FAILED: $1" >&2
  exit 1
}

report() {
  echo "fetch_demo_pictures: $(find "$out" -name '*.png' | wc -l) pictures in $out (GPL-2; see $out/COPYRIGHT)" >&2
}

if [ -d "$out" ]; then
  if [ ! -f "$out/COPYRIGHT" ]; then fail "$out exists and is not a folder of these pictures; name another"; fi
  report
  exit 0
fi

mkdir -p "$(dirname "$out")"
# Beside the target, so that the finished folder is put in place by one rename.
work=$(mktemp -d "$out.tmp-XXXXXX")
trap 'rm -rf "$work"' EXIT

# apt's own lists may be missing or old, and renewing them needs root: then lists of our own are used.
download() {
  (cd "$work" && apt-get -q download "$package" "$@") >"$work/log" 2>&1
}
download_with_own_lists() {
  local state
  state=$(realpath "$work")/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  local options=(-o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache" -o Acquire::Retries=3)
  apt-get -q "${options[@]}" update >"$work/log" 2>&1 && download "${options[@]}"
}
command -v apt-get >/dev/null || fail "needs apt-get; give the demo a folder of your own pictures: make demo IMAGES=folder"
echo "fetch_demo_pictures: downloading $package (160 MB)" >&2
if ! download && ! download_with_own_lists; then
  grep -v '^W:' "$work/log" | tail -n 5 >&2
  fail "cannot download $package (above); or give the demo your own pictures: make demo IMAGES=folder"
fi
dpkg-deb -x "$work"/"$package"_*.deb "$work/package" || fail "cannot unpack $package"

# symbols/ are letters and signs; the mirrored and flipped ones are copies of other stamps.
stamps=$work/package/usr/share/tuxpaint/stamps
mkdir "$work/pictures"
(cd "$stamps" && find . -name symbols -prune -o -type f -name '*.png' ! -name '*_mirror.png' ! -name '*_flip.png' -print0) |
  tar -C "$stamps" --null --files-from=- -cf - | tar -C "$work/pictures" -xf -
cp "$work/package/usr/share/doc/$package/copyright" "$work/pictures/COPYRIGHT"
mv -T "$work/pictures" "$out"
report
