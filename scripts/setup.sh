#!/usr/bin/env bash
# Make a virtual environment ready: Debian packages that are missing, Python packages at the
# versions of constraints.txt. What is up to date is left alone, so that a second run takes no time.
#
#   scripts/setup.sh ENV [editable] [room] [statistics] [cluster] [screen] [r] [test] [lint]
#
# editable: mriview itself, imported from the checkout. room, statistics, cluster: the extras of
# pyproject.toml, with what they need of Debian. screen: Xvfb and a browser, for machines without a
# display. r: R. test, lint: the groups of pyproject.toml.
# Python comes from $PYTHON if it is set, else the first of python3, python3.14 ... that will do;
# packages come from wherever this machine's own apt and pip are told to look.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
environment=$1
shift
wanted=" $* "
export PIP_DISABLE_PIP_VERSION_CHECK=1

# What Qt and OpenGL need on a Debian without a desktop.
display_packages=(
  libgl1 libgl1-mesa-dri libegl1 libdbus-1-3 libfontconfig1 fonts-dejavu-core libglib2.0-0
  libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0
  libxcb-xkb1 libxcb-image0 libxcb-render-util0
)

say() { printf 'setup: %s\n' "$*" >&2; }

wants() { [[ $wanted == *" $1 "* ]]; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null; then
    return 1
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# Install Debian packages; where that is not possible, name them and return 1.
install_debian() {
  local package missing=()
  command -v dpkg-query >/dev/null || return 0 # another system: its own names, its own way
  for package in "$@"; do
    dpkg-query --show --showformat '${Status}\n' "$package" 2>/dev/null |
      grep --quiet 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  as_root apt-get update -qq >/dev/null || true # one source that is down must not stop the others
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends \
    "${missing[@]}" >/dev/null && return
  say "these Debian packages are missing and could not be installed: ${missing[*]}"
  say "ask an administrator for: apt-get install ${missing[*]}"
  return 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

complete() { "$1" -c 'import ctypes, ensurepip, sqlite3, ssl, venv, zlib' 2>/dev/null; }

# The first Python that can make an environment; Debian's own is completed if it has to be.
find_python() {
  local candidate old=""
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3}; do
    new_enough "$candidate" || continue
    complete "$candidate" && command -v "$candidate" && return
    old=$(command -v "$candidate")
  done
  if [ -z "$old" ]; then
    say "there is no Python of 3.11 or later here. Install one, or name it: make PYTHON=... "
    return 1
  fi
  [[ $old != /usr/bin/* ]] || install_debian "$(basename "$(readlink --canonicalize "$old")")-venv" || true
  if complete "$old" || "$old" -m pip --version >/dev/null 2>&1; then
    echo "$old"
    return
  fi
  say "$old can make no environment: it has neither ensurepip nor pip. Name another: make PYTHON=..."
  return 1
}

make_environment() {
  local python
  new_enough "$environment/bin/python" && "$environment/bin/python" -m pip --version >/dev/null 2>&1 && return
  python=$(find_python)
  say "making $environment with $("$python" --version)"
  rm -rf "$environment"
  if complete "$python"; then
    "$python" -m venv "$environment"
  else # a Debian with python3-pip, without python3-venv
    "$python" -m venv --without-pip "$environment"
    "$python" -m pip --python "$environment/bin/python" install -qq pip
  fi
}

requirements() {
  "$environment/bin/python" - "$wanted" <<'PYTHON'
import sys
import tomllib
from pathlib import Path

document = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
lists = document["project"]["optional-dependencies"] | document["dependency-groups"]
asked = [line for name in sys.argv[1].split() for line in lists.get(name, [])]
print(*document["project"]["dependencies"], *asked, sep="\n")
PYTHON
}

if wants room; then install_debian "${display_packages[@]}" || true; fi # what cannot start says so
if wants r; then install_debian r-base-core || true; fi
if wants screen; then install_debian xvfb xauth chromium poppler-utils || true; fi
make_environment

# What was installed is kept beside it, one file for each wish; the same wish again is granted.
packages=$environment/.packages$(printf -- '-%s' "$@")
asked=$(requirements; cat constraints.txt)
if [ "$asked" != "$(cat "$packages" 2>/dev/null)" ]; then
  say "installing Python packages into $environment; the first time this takes minutes"
  requirements >"$environment/.requirements"
  "$environment/bin/python" -m pip install -qq --constraint constraints.txt \
    --requirement "$environment/.requirements"
  echo "$asked" >"$packages"
fi

if wants editable && ! cat pyproject.toml mriview/__init__.py | cmp --silent - "$environment/.editable"; then
  "$environment/bin/python" -m pip install -qq --no-deps --editable .
  cat pyproject.toml mriview/__init__.py >"$environment/.editable"
fi
