# Sourced by the checks of the packages: a new, minimal Debian of this machine's release below a folder.
# shellcheck shell=bash

step() { echo "$(basename "$0" .sh): $*" >&2; }

# Ends unless a new system can be made of the packages in folder $1.
need_packages_and_root() {
  if [ "$(id -u)" != 0 ]; then
    step "a new system can be made and entered by root only; run it with sudo"
    exit 2
  fi
  command -v debootstrap >/dev/null || {
    step "debootstrap is not installed; run \`apt-get install debootstrap\`"
    exit 2
  }
  compgen -G "$1/hashlens_*.deb" >/dev/null || {
    step "no packages in $1; make them with \`make deb\`"
    exit 5
  }
}

# A system in folder $1, new, with the packages of folder $2 in /packages. What it says goes to the file $3.
make_system() {
  local suite mirror
  # shellcheck source=/dev/null
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  # shellcheck disable=SC2016  # apt's own
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: $suite" 'Component: main' | head -n 1)
  step "a new $suite in $1"
  debootstrap --variant=minbase "$suite" "$1" "$mirror" >"$3" || { tail -n 20 "$3" >&2; exit 1; }
  mkdir "$1/packages"
  cp "$2"/*.deb "$1/packages"
}

# Pictures, made of nothing, so that a check needs none: $1 bands of colour in the folder $2, each different.
make_pictures() {
  mkdir -p "$2"
  for i in $(seq "$1"); do
    awk -v i="$i" 'BEGIN {
      print "P3 96 64 255"
      for (y = 0; y < 64; ++y) for (x = 0; x < 96; ++x)
        print int((x * i * 7) % 256), int((y * (13 - i) * 5) % 256), (i * 20) % 256
    }' >"$2/$i.ppm"
  done
}
