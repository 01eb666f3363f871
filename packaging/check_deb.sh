#!/usr/bin/env bash
# Installs the Debian packages of a folder into a new, minimal system of the same release, uses them there as a normal user, and
# removes them again. Needs root, debootstrap, some 2 GB of disk, and Debian's packages from where this machine's apt gets them.
# It takes minutes: a part of tools/check_all.sh, not of .ci/run.
# shellcheck disable=SC2016  # what stands in single quotes is for a shell inside, or for apt
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "Usage: packaging/check_deb.sh FOLDER-OF-PACKAGES [ROOT]    ROOT, a new folder, is kept for looking at" >&2
  exit 2
fi
packages=$(realpath "$1")
root=${2:+$(realpath -m "$2")}
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=packaging/new_system.sh
source ./new_system.sh
need_packages_and_root "$packages"
work=$(mktemp -d)
root=${root:-$work/root}

leave() {
  for folder in proc sys; do
    if mountpoint -q "$root/$folder"; then umount "$root/$folder"; fi
  done
  rm -rf --one-file-system "$work"
}
trap leave EXIT
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
as_user() { inside runuser -u visitor -- env HOME=/home/visitor bash -euo pipefail -c "$1"; }
install() { inside apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends "$@" >>"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; exit 1; }; }
# The file of a package, as seen inside; empty when there is none.
package() { find "$root/packages" -name "$1_*.deb" -printf '/packages/%f'; }
# Every file but those that change by themselves.
all_files() { inside find / -xdev \( -path /proc -o -path /var/cache -o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /tmp \) -prune -o -path '*hashlens*' -print; }

make_system "$root" "$packages" "$work/debootstrap.log"
mount -t proc proc "$root/proc"
mount --bind -o ro /sys "$root/sys"
inside apt-get -q update >>"$work/apt.log" 2>&1
inside useradd --create-home visitor

step "installing hashlens"
install man-db
install "$(package hashlens)"
inside hashlens --version
make_pictures 12 "$root/home/visitor/pictures"

step "using it"
as_user 'cd && hashlens index photos pictures --tag from=test && hashlens search photos pictures/7.ppm -k 3 && hashlens verify photos'
as_user 'cd && test "$(hashlens search photos pictures/7.ppm -k 1 --paths)" = ~/pictures/7.ppm'
as_user 'cd && test "$(hashlens list photos --json | wc -l)" = 12 && hashlens model list'
as_user 'man hashlens-index | grep -E "Make +or +update" && man -w hashlens-model-fit hashlens-search >/dev/null'
as_user '. /usr/share/bash-completion/completions/hashlens; COMP_WORDS=(hashlens sea); COMP_CWORD=1; _hashlens; test "${COMPREPLY[*]}" = search'
as_user 'cd && ! hashlens train pictures -o made 2>said; grep -q . said; cat said'

step "the server and its page"
install curl
as_user 'cd && { hashlens serve photos --listen 127.0.0.1:0 2>served & } && server=$!
  until grep -q "listening on" served; do kill -0 $server && sleep 0.1; done
  at=$(grep -m 1 -o "http://127[0-9.:]*" served)
  curl -sSf "$at/healthz" && curl -sSf "$at/" | grep -F "<title>" && curl -sSf -F image=@pictures/7.ppm "$at/v1/search?k=1" | grep -F "pictures/7.ppm" >/dev/null
  kill $server && wait $server'

step "a C++ program, by libhashlens-dev"
install "$(package libhashlens-dev)" g++ pkg-config libc6-dev
as_user 'cd && g++ -std=c++20 /usr/share/doc/hashlens/examples/find_similar.cc -o find_similar $(pkg-config --cflags --libs hashlens) &&
  ./find_similar other pictures pictures/3.ppm | head -n 1 | grep -F "pictures/3.ppm"'

if [ -n "$(package hashlens-train)" ]; then
  step "training, by hashlens-train"
  install "$(package hashlens-train)"
  as_user 'cd && mkdir -p classes/a classes/b && cp pictures/[1-6].ppm classes/a && cp pictures/[789].ppm pictures/1[0-2].ppm classes/b &&
    hashlens -q train classes -o made --bits 16 --epochs 1 --batch 4 --image-size 32 --holdout 0.2 && hashlens model info made'
fi

step "removing it"
inside apt-get -q -y purge 'hashlens*' libhashlens-dev >>"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; exit 1; }
left=$(all_files | grep -vE '^/(packages|home)/' || true)
if [ -n "$left" ]; then
  echo "check_deb: left behind:" >&2
  echo "$left" >&2
  exit 1
fi
as_user 'test -d ~/photos.hashlens && ! command -v hashlens'
step "installed, used and removed"
