#!/usr/bin/env bash
# Finds PostgreSQL's server, or puts it into the project's own cache from Debian's packages; needs no root and changes
# nothing outside the project folder. For tests and benchmarks. stdout: its folder of programs; stderr: all other
# output.
#
#   bash deploy/dev/postgres.sh            find or fetch
#   bash deploy/dev/postgres.sh --find     only look; exit 1: it is not there
#
# Order: PATH, /usr/lib/postgresql, .tools/postgres/, Debian's packages of this machine's own suite.
# A fetched server needs LD_LIBRARY_PATH: the folder `lib` beside its link `bin` (.tools/postgres/lib).
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=${TICKD_ROOT:-$(cd "$here/../.." && pwd)}
cache=$root/.tools/postgres
work=

say() { echo "postgres: $*" >&2; }
finish() { [ -z "$work" ] || rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP
# shellcheck source=debian-package.sh
. "$here/debian-package.sh"

found() {
  local program folder
  if program=$(command -v initdb); then
    folder=$(dirname "$(readlink -f "$program")")
    if [ -x "$folder/postgres" ]; then echo "$folder"; return 0; fi
  fi
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$cache/bin"; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then readlink -f "$folder"; return 0; fi
  done
  return 1
}

# The server's package and the libraries that this machine lacks. Neither the compiler of queries (LLVM) nor what only
# sets a server up is needed.
packages() { # apt folder
  APT_CONFIG=$1/apt.conf apt-get -qq -o Dir::State::status=/var/lib/dpkg/status -o Debug::NoLocking=1 \
    --no-install-recommends --print-uris -y install postgresql |
    sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p" | grep -E '^(postgresql-[0-9]+|lib.*)$' | grep -vE '^lib(llvm|perl|.*-perl$)'
}

fetch() {
  local suite package names folder
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  say "debian: fetching the server of $suite through a private apt configuration"
  debian_index "$work/apt" "${suite:=stable}" || return 1
  names=$(packages "$work/apt") || { say "debian: $suite has no installable postgresql"; return 1; }
  for package in $names; do debian_unpack "$work/apt" "$package" "$work/root" || return 1; done
  folder=$(printf '%s\n' "$work"/root/usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  mkdir -p "$work/root/lib"
  find "$work/root/usr/lib" "$work/root/lib" -maxdepth 2 -name '*.so.*' -exec cp -Pn {} "$work/root/lib/" \; 2>/dev/null
  ln -s "${folder#"$work/root/"}" "$work/root/bin"
  LD_LIBRARY_PATH=$work/root/lib "$folder/postgres" --version >/dev/null 2>&1 ||
    { say "debian: the server of $suite does not run on this machine"; return 1; }
  rm -rf "$cache/kept"
  # Moved into place in one step: a parallel run sees a complete server or none.
  mv "$work/root" "$cache/kept"
  ln -sfn kept/lib "$cache/lib"
  ln -sfn kept/bin "$cache/bin"
}

if found; then exit 0; fi
fix="install postgresql from your distribution"
if [ "${1:-}" = --find ]; then say "not here: fetch it with 'bash deploy/dev/postgres.sh', or $fix"; exit 1; fi
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  say "not here, and this is not Debian: $fix"
  exit 1
fi
mkdir -p "$cache"
# One fetch at a time: a waiting run finds the result in the cache.
if command -v flock >/dev/null; then
  exec 9>"$cache/fetch.lock"
  flock -w 600 9 || say "another fetch holds the lock for 10 minutes: continuing without it"
fi
if found; then exit 0; fi
work=$(mktemp -d "$cache/work.XXXXXX")
fetch || { say "the server could not be fetched: $fix"; exit 1; }
found
