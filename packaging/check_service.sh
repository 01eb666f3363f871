#!/usr/bin/env bash
# Boots a new, minimal system with systemd in a container, makes hashlens a service there as docs/howto/service.md says, and uses it:
# reads, writes with and without the token, restarts, is killed. Needs root, debootstrap, systemd-nspawn (package systemd-container)
# and some 2 GB of disk. A part of tools/check_all.sh, as check_deb.sh is.
# shellcheck disable=SC2016  # what stands in single quotes is for a shell inside
set -euo pipefail

if [ $# != 1 ]; then
  echo "Usage: packaging/check_service.sh FOLDER-OF-PACKAGES" >&2
  exit 2
fi
packages=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=packaging/new_system.sh
source ./new_system.sh
command -v systemd-nspawn >/dev/null || {
  step "systemd-nspawn is not installed; run \`apt-get install systemd-container\`"
  exit 2
}
need_packages_and_root "$packages"
work=$(mktemp -d)
root=$work/root
container=

leave() {
  if [ -n "$container" ] && kill -TERM "$container" 2>/dev/null; then wait "$container" || true; fi
  rm -rf --one-file-system "$work"
}
trap leave EXIT
nspawn=(systemd-nspawn --quiet --register=no --keep-unit -D "$root")
# In the running system, as root.
inside() { nsenter -t "$(pgrep -P "$container")" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 bash -euo pipefail -c "$1"; }

make_system "$root" "$packages" "$work/debootstrap.log"
step "installing hashlens and systemd"
"${nspawn[@]}" --pipe env DEBIAN_FRONTEND=noninteractive bash -euo pipefail -c 'apt-get -q update
  apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends systemd-sysv dbus curl openssl /packages/hashlens_*.deb' \
  >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; exit 1; }
make_pictures 12 "$root/srv/pictures"
make_pictures 13 "$work/more"
cp "$work/more/13.ppm" "$root/root/new.ppm"

step "booting"
"${nspawn[@]}" --private-network --boot </dev/null >"$work/boot.log" 2>&1 &
container=$!
until inside 'test "$(systemctl is-system-running 2>&1)" = running' 2>/dev/null; do
  kill -0 "$container" || { tail -n 20 "$work/boot.log" >&2; exit 1; }
  sleep 0.5
done

step "the service, as docs/howto/service.md makes it"
inside 'cp /usr/share/doc/hashlens/examples/hashlens.service /etc/systemd/system/
  mkdir -p /etc/hashlens /etc/systemd/system/hashlens.service.d
  (umask 077; openssl rand -hex 24 >/etc/hashlens/write-token)
  printf "%s\n" "libraries = [\"/var/lib/hashlens/photos.hashlens\"]" "uploads = \"/var/lib/hashlens/uploads\"" "root = [\"/srv/pictures\"]" \
    "write-token-file = \"/run/credentials/hashlens.service/write-token\"" >/etc/hashlens/serve.toml
  printf "%s\n" "[Service]" LoadCredential=write-token:/etc/hashlens/write-token BindReadOnlyPaths=/srv/pictures >/etc/systemd/system/hashlens.service.d/override.conf
  systemctl daemon-reload
  systemd-run --quiet --wait --pipe -p DynamicUser=yes -p User=hashlens -p StateDirectory=hashlens -p BindReadOnlyPaths=/srv/pictures \
    hashlens index /var/lib/hashlens/photos /srv/pictures
  systemctl enable --now hashlens'
answers='at=http://127.0.0.1:8080; curl -s --retry 100 --retry-delay 1 --retry-connrefused "$at/healthz"'

step "reading and writing"
inside "$answers"'
  curl -sSf -F image=@/srv/pictures/7.ppm "$at/v1/search?k=1" | grep -F pictures/7.ppm >/dev/null
  test "$(curl -sS -o /dev/null -w "%{http_code}" -F image=@/root/new.ppm "$at/v1/libraries/photos/images")" = 401
  curl -sSf -H "Authorization: Bearer $(cat /etc/hashlens/write-token)" -F image=@/root/new.ppm "$at/v1/libraries/photos/images" | grep -F "\"added\":1" >/dev/null
  curl -sSf -H "Authorization: Bearer $(cat /etc/hashlens/write-token)" --json "{\"paths\": [\"/srv/pictures\"]}" "$at/v1/libraries/photos/jobs" >/dev/null'

step "restarted, and killed"
inside "systemctl restart hashlens; $answers"'; curl -sSf "$at/v1/libraries" | grep -F "\"images\":13" >/dev/null'
inside "systemctl kill -s KILL hashlens; sleep 1; $answers"'; curl -sSf "$at/v1/libraries" | grep -F "\"images\":13" >/dev/null'

step "stopped"
inside 'systemctl stop hashlens; test "$(systemctl show -P Result hashlens)" = success; journalctl -u hashlens -o cat | grep -F "listening on" | tail -n 1'
step "a service that reads, writes, comes again and ends"
