#!/usr/bin/env bash
# Finds the programs of Prometheus, docker-compose and tini, or puts them into the project's own cache from Debian's
# packages; needs no root and changes nothing outside the project folder. stdout has one path for each named program,
# stderr all other output.
#
#   bash deploy/dev/monitoring-tools.sh prometheus promtool pushgateway alertmanager amtool docker-compose
#   bash deploy/dev/monitoring-tools.sh --find promtool     only look on PATH and in .tools/; exit 1: it is not there
#   curl -s http://127.0.0.1:9100/metrics | "$(bash deploy/dev/monitoring-tools.sh promtool)" check metrics
#
# Order: PATH (also Debian's names, such as prometheus-pushgateway), .tools/monitoring/, Debian's package.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=${TICKD_ROOT:-$(cd "$here/../.." && pwd)}
cache=$root/.tools/monitoring
suite=trixie
work=

say() { echo "monitoring-tools: $*" >&2; }
finish() { [ -z "$work" ] || rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP
# shellcheck source=debian-package.sh
. "$here/debian-package.sh"

# program: package, tested version, SHA-256 of its program on amd64. The packages are of one stable suite, so that a
# point release may replace a version: then the suite's version is taken, and its signature is the only check.
pinned() {
  case $1 in
    prometheus) echo "prometheus 2.53.3+ds1-2 fe90274df34154770b9455ab036555b602dccbea709be398b640e45eeed48f53" ;;
    promtool) echo "promtool 2.53.3+ds1-2 b71477158ccb7d22cc803d22739aa27b12bbc99b8a32fd9237960b29933aeec1" ;;
    pushgateway) echo "prometheus-pushgateway 1.11.0-1+b6 67c18c3e4f1058a4ad814bbcbc1a306fc060e80649c55a27b12a5dc27e5d4e61" ;;
    alertmanager) echo "prometheus-alertmanager 0.28.1+ds-1 7108540a07ffd1b7dc9a5b51da2240076b250afcc096d941829454baeb8f2833" ;;
    amtool) echo "prometheus-alertmanager 0.28.1+ds-1 2f9d847b904d169e0cba59749b2d3127261175289b8a6a2a36c33cd5d2fe6946" ;;
    docker-compose) echo "docker-compose 2.26.1-4 c0ef2e286ba1c45bf1868b70a1c71d30a802bb3996888f2f986c3166f9e45f57" ;;
    tini-static) echo "tini 0.19.0-3+b8 80362ed0bcdac1fcfbf6614a205a3e399e0f1ae908cbc326d554771f16a513d4" ;;
    *) return 1 ;;
  esac
}

debian_name() { case $1 in pushgateway | alertmanager) echo "prometheus-$1" ;; *) echo "$1" ;; esac; }

# Debian has docker-compose as a plugin of the docker command, outside PATH.
packaged_path() { case $1 in docker-compose) echo usr/libexec/docker/cli-plugins/docker-compose ;; *) echo "usr/bin/$(debian_name "$1")" ;; esac; }

found() { # program
  local path
  path=$(command -v "$1" || command -v "$(debian_name "$1")" || true)
  if [ -z "$path" ] && [ -x "$cache/$1" ]; then path=$cache/$1; fi
  [ -n "$path" ] && echo "$path"
}

fetch() { # program
  local package version sum file
  read -r package version sum < <(pinned "$1")
  if ! debian_unpack "$work/apt" "$package=$version" "$work/root" 2>"$work/errors"; then
    say "debian: $suite has another version of $package than $version, which was tested: taking it"
    debian_unpack "$work/apt" "$package" "$work/root" || return 1
    sum=
  fi
  file=$work/root/$(packaged_path "$1")
  if [ -n "$sum" ] && [ "$(dpkg --print-architecture)" = amd64 ] && ! echo "$sum  $file" | sha256sum -c --quiet - >&2; then
    say "debian: the checksum of $1 in $package $version is wrong, so it is not used"
    return 1
  fi
  "$file" --version >/dev/null 2>&1 || { say "debian: $1 of $package does not run on this machine"; return 1; }
  # Debian's alertmanager opens its templates below /usr/share at every start: they are kept beside it.
  if [ "$1" = alertmanager ]; then
    mkdir -p "$cache/alertmanager-templates"
    cp "$work"/root/usr/share/prometheus/alertmanager/*.tmpl "$cache/alertmanager-templates/"
  fi
  # Moved into place in one step: a parallel run sees a complete program or none.
  mv -f "$file" "$cache/$1"
}

find_only=0
if [ "${1:-}" = --find ]; then find_only=1; shift; fi
[ $# -gt 0 ] || { say "name a program: prometheus, promtool, pushgateway, alertmanager, amtool, docker-compose, tini-static"; exit 2; }
missing=()
for program in "$@"; do
  pinned "$program" >/dev/null || { say "unknown program $program: use prometheus, promtool, pushgateway, alertmanager, amtool, docker-compose, tini-static"; exit 2; }
  found "$program" >/dev/null || missing+=("$program")
done
if [ ${#missing[@]} -gt 0 ]; then
  fix="install them from your distribution and put them on PATH"
  if [ $find_only = 1 ]; then
    say "not here: ${missing[*]}; fetch them with 'bash deploy/dev/monitoring-tools.sh ${missing[*]}', or $fix"
    exit 1
  fi
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    say "not here: ${missing[*]}, and this is not Debian: $fix"
    exit 1
  fi
  mkdir -p "$cache"
  # One fetch at a time: a waiting run finds the result in the cache.
  if command -v flock >/dev/null; then
    exec 9>"$cache/fetch.lock"
    flock -w 600 9 || say "another fetch holds the lock for 10 minutes: continuing without it"
  fi
  for program in "${missing[@]}"; do
    if found "$program" >/dev/null; then continue; fi
    if [ -z "$work" ]; then
      work=$(mktemp -d "$cache/work.XXXXXX")
      say "debian: fetching ${missing[*]} of $suite through a private apt configuration"
      debian_index "$work/apt" "$suite" || { say "not here: ${missing[*]}: $fix"; exit 1; }
    fi
    fetch "$program" || { say "$program could not be fetched: $fix"; exit 1; }
  done
fi
for program in "$@"; do found "$program"; done
