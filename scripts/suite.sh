#!/usr/bin/env bash
# Run the whole suite against the wheel that is installed in ENV, from an empty directory, under a
# virtual screen, with settings of its own. The checkout is not importable here.
#
#   scripts/suite.sh ENV [arguments of pytest]
#
# No screen is no reason to leave tests out: the tests that need one then fail and say so.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
commands=$checkout/$1/bin
shift
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

mkdir "$place/home"
cp -R "$checkout/tests" "$checkout/pyproject.toml" "$place"
cd "$place"

unset PYTHONPATH WAYLAND_DISPLAY
export PATH=$commands:$PATH
export HOME=$place/home XDG_CONFIG_HOME=$place/home/config XDG_CACHE_HOME=$place/home/cache
export NAPARI_CONFIG=$place/home/napari.yaml # read when napari is imported, so it is set before
export MRIVIEW_EXPECT_INSTALLED=1 MRIVIEW_CHECKOUT=$checkout

screen=()
if command -v xvfb-run >/dev/null; then
  screen=(xvfb-run --auto-servernum --server-args "-screen 0 1920x1080x24")
  export QT_QPA_PLATFORM=xcb
fi

"${screen[@]}" "$commands/pytest" tests --pyargs mriview mriview_napari --doctest-modules "$@"
