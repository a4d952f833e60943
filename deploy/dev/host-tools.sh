#!/usr/bin/env bash
# Finds shellcheck and logrotate, which check the files for a bare host, or puts them into the project's own cache from
# Debian's packages; needs no root and changes nothing outside the project folder. One path for each named program on
# stdout, all other output on stderr.
#
#   bash deploy/dev/host-tools.sh shellcheck logrotate
#   bash deploy/dev/host-tools.sh --find shellcheck      only look on PATH and in .tools/; exit 1: it is not there
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=${TICKD_ROOT:-$(cd "$here/../.." && pwd)}
cache=$root/.tools/host
work=

say() { echo "host-tools: $*" >&2; }
finish() { [ -z "$work" ] || rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP
# shellcheck source=debian-package.sh
. "$here/debian-package.sh"

found() { # program
  local path
  path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$1" || true)
  if [ -z "$path" ] && [ -x "$cache/$1" ]; then path=$cache/$1; fi
  [ -n "$path" ] && echo "$path"
}

# The packages of this machine's own release, so that its libraries fit. logrotate needs libpopt, which not every
# machine has: it is kept beside the program.
fetch() { # program
  local suite package
  suite=$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)
  [ -n "$work" ] || { work=$(mktemp -d "$cache/work.XXXXXX"); debian_index "$work/apt" "${suite:-trixie}" || return 1; }
  for package in "$1" $([ "$1" != logrotate ] || echo libpopt0); do
    debian_unpack "$work/apt" "$package" "$work/root" || return 1
  done
  if [ "$1" = logrotate ]; then
    cp -L "$work"/root/usr/lib/*/libpopt.so.0 "$cache/"
    install -m 755 "$work/root/usr/sbin/logrotate" "$cache/logrotate.bin"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nLD_LIBRARY_PATH=$(dirname "$0") exec "$0.bin" "$@"\n' >"$work/program"
  else
    cp "$work/root/usr/bin/$1" "$work/program"
  fi
  chmod 755 "$work/program"
  "$work/program" --version >/dev/null 2>&1 || [ "$1" = logrotate ] || { say "$1 of Debian does not run here"; return 1; }
  mv -f "$work/program" "$cache/$1"
}

find_only=0
if [ "${1:-}" = --find ]; then find_only=1; shift; fi
[ $# -gt 0 ] || { say "name a program: shellcheck, logrotate"; exit 2; }
for program in "$@"; do
  case $program in shellcheck | logrotate) ;; *) say "unknown program $program: use shellcheck, logrotate"; exit 2 ;; esac
  if found "$program" >/dev/null; then continue; fi
  [ $find_only = 0 ] || { say "$program is not here: fetch it with 'bash deploy/dev/host-tools.sh $program', or apt-get install $program"; exit 1; }
  mkdir -p "$cache"
  if command -v flock >/dev/null; then
    exec 9>"$cache/fetch.lock"
    flock -w 600 9 || say "another fetch holds the lock for 10 minutes: continuing without it"
    if found "$program" >/dev/null; then continue; fi
  fi
  fetch "$program" || { say "$program could not be fetched: apt-get install $program"; exit 1; }
done
for program in "$@"; do found "$program"; done
