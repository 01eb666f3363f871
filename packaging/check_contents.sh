#!/usr/bin/env bash
# Looks into the Debian packages of a folder without installing them: what they hold and what they ask for, that no path of the
# build is in them, and that the program runs from where they are unpacked. Needs no root.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "Usage: packaging/check_contents.sh FOLDER-OF-PACKAGES" >&2
  exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
complaints=0
complain() {
  echo "check_contents: $*" >&2
  complaints=$((complaints + 1))
}

shopt -s nullglob
packages=("$1"/*.deb)
if [ ${#packages[@]} -eq 0 ]; then
  echo "check_contents: no .deb in $1; make them with \`make deb\`" >&2
  exit 5
fi
for package in "${packages[@]}"; do
  name=$(dpkg-deb -f "$package" Package)
  dpkg-deb -x "$package" "$work/root"
  dpkg-deb -c "$package" >"$work/$name.list"
  dpkg-deb -f "$package" >"$work/$name.control"
  for field in Version Architecture Maintainer Section Description Installed-Size Depends; do
    grep -q "^$field: ." "$work/$name.control" || complain "$name has no $field"
  done
  if grep -vE '^.{10} root/root' "$work/$name.list"; then complain "$name: the files above are not root's"; fi
  if grep -E '^.{5}w|^.{8}w' "$work/$name.list" | grep -v ^l; then complain "$name: the files above may be written by others"; fi
  if grep -vE '^.{10} root/root +[0-9]+ [-0-9]+ [:0-9]+ \./(usr/.*)?$' "$work/$name.list"; then
    complain "$name: the files above lie outside of /usr"
  fi
  for file in copyright changelog.Debian.gz; do
    [ -f "$work/root/usr/share/doc/$name/$file" ] || complain "$name has no $file"
  done
done

root=$work/root
for file in usr/bin/hashlens usr/libexec/hashlens/hashlens-decode usr/lib/hashlens/libopenvino_intel_cpu_plugin.so usr/share/man/man1/hashlens.1.gz \
  usr/share/man/man1/hashlens-model-fit.1.gz usr/share/bash-completion/completions/hashlens \
  usr/share/zsh/vendor-completions/_hashlens usr/share/fish/vendor_completions.d/hashlens.fish \
  usr/share/doc/hashlens/openvino/LICENSE usr/share/doc/hashlens/examples/find_similar.cc \
  usr/include/hashlens/library.h usr/lib/pkgconfig/hashlens.pc usr/share/hashlens/models/efficientnet-lite0/model.json; do
  [ -s "$root/$file" ] || complain "$file is missing"
done

# Binaries look for libraries in our own folder only, and find every one.
while IFS= read -r -d '' file; do
  if ! readelf -h "$file" >/dev/null 2>&1; then continue; fi
  path=$(readelf -d "$file" | sed -n 's/.*R\(UN\)\?PATH.*\[\(.*\)\]/\2/p')
  if grep -qE '(^|:)[^$]' <<<"$path"; then complain "${file#"$root"/} has the library path $path"; fi
  if ldd "$file" 2>/dev/null | grep 'not found'; then complain "${file#"$root"/} does not find the libraries above"; fi
done < <(find "$root" -type f \( -name '*.so*' -o -path '*/bin/*' -o -path '*/libexec/*' \) -print0)
openvino=$(ldd "$root/usr/bin/hashlens" | awk '/libopenvino/ { print $3 }')
if [ "$(realpath "$openvino")" != "$(realpath "$root/usr/lib/hashlens/$(basename "$openvino")")" ]; then
  complain "hashlens takes OpenVINO from $openvino"
fi

# An empty environment: nothing of the build helps.
env -i "$root/usr/bin/hashlens" model list >"$work/models" || complain "hashlens model list does not run"
grep -qF "$root/usr/share/hashlens/models/efficientnet-lite0" "$work/models" || complain "the model is not found by the program"

if [ $complaints -gt 0 ]; then exit 1; fi
echo "check_contents: ${#packages[@]} packages are as they should be" >&2
