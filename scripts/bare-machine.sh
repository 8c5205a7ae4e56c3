#!/usr/bin/env bash
# Try what is committed on a machine that has nothing: a new Debian 12 in a folder of its own.
#
#   scripts/bare-machine.sh [target of make]        default: demo
#
# Needs root and debootstrap. Packages come from wherever this machine's apt and pip are told to
# look: that configuration is carried over, nothing of it stands here.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${1:-demo}
release=bookworm
[ "$(id -u)" = 0 ] || { echo "bare-machine: only root can make a machine in a folder" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install --yes -qq debootstrap >&2

machine=$(mktemp --directory)
chmod 755 "$machine" # it becomes a root folder, which everybody can enter
trap 'rm -rf --one-file-system "$machine"' EXIT

# The mirror that this machine uses for the same release, else debootstrap's own.
# shellcheck disable=SC2016 # apt expands this
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: $release" \
  'Component: main' 2>/dev/null | sort --unique | grep --max-count=1 --invert-match security || true)
echo "bare-machine: making a Debian 12 with git, make and python3"
# shellcheck disable=SC2086 # no mirror is no argument
debootstrap --variant=minbase --include=git,make,python3,ca-certificates "$release" "$machine" \
  $mirror >"$machine.log" 2>&1 || { tail "$machine.log" >&2; exit 1; }
rm "$machine.log"

apt-config dump | grep '^Acquire::' >"$machine/etc/apt/apt.conf.d/99host" || true
cp /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/"
mkdir --parents "$machine/dev/shm"
for place in /etc/pip.conf /etc/xdg/pip "$HOME/.config/pip"; do
  [ ! -e "$place" ] || cp --recursive --parents "$place" "$machine"
done
git clone --quiet "file://$checkout" "$machine/opt/mriview"

carried=("PATH=/usr/sbin:/usr/bin:/sbin:/bin")
for name in $(compgen -e); do
  case $name in
  PIP_* | *_proxy | *_PROXY | SSL_CERT_* | REQUESTS_CA_BUNDLE) carried+=("$name=${!name}") ;;
  esac
done

# Run make there as a user; the mounts that it needs are gone when it ends.
make_there() { # USER HOME
  # shellcheck disable=SC2016 # the inner shell expands these
  unshare --mount bash -c 'mount -t proc proc "$0/proc"; mount -t tmpfs tmpfs "$0/dev/shm"; exec "$@"' \
    "$machine" chroot --userspec="$1" "$machine" env --ignore-environment "${carried[@]}" \
    "HOME=$2" make --directory=/opt/mriview "$target"
}

echo "bare-machine: make $target, not as root, has to name what is missing"
if make_there nobody /nonexistent >"$machine/said" 2>&1; then
  echo "bare-machine: it passed without the packages that it needs" >&2
  exit 1
fi
grep 'apt-get install' "$machine/said" || { cat "$machine/said" >&2; exit 1; }

for time in first second; do
  echo "bare-machine: make $target, the $time time"
  SECONDS=0
  make_there root "$HOME"
  echo "bare-machine: the $time time took $SECONDS s"
done
