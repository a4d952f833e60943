#!/usr/bin/env bash
# Finds promtool, or downloads it from Debian's package prometheus into the project's own cache: needs no root and
# installs nothing.
# The last line on stdout is the path of the program; all other output goes to stderr.
#
#   curl -s http://127.0.0.1:9100/metrics | "$(bash deploy/dev/promtool.sh)" check metrics
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=$root/.tools/promtool
work=
finish() { [ -z "$work" ] || rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP

found=$(command -v promtool || true)
if [ -n "$found" ]; then
  echo "$found"
  exit 0
fi
if [ ! -x "$cache/promtool" ]; then
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "promtool: not on PATH, and this is not Debian: install it from your distribution" >&2
    exit 1
  fi
  work=$(mktemp -d)
  echo "promtool: fetching Debian's package prometheus" >&2
  (cd "$work" && apt-get download prometheus >&2 && dpkg-deb -x prometheus_*.deb unpacked)
  mkdir -p "$cache"
  # Moved into place in one step: a parallel run sees a complete program or none.
  mv -f "$work/unpacked/usr/bin/promtool" "$cache/promtool"
fi
echo "$cache/promtool"
