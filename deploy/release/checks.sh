# shellcheck shell=bash
# What deploy/install.sh looks at before it changes anything. Each failure is one sentence with its fix.

: "${root?}" "${from?}" "${releases?}"

check_machine() {
  local systemd
  if [ -z "$root" ] && [ "$EUID" != 0 ]; then
    fail "only root may install on this machine: run it with sudo, or into a scratch folder with --root DIR"
  fi
  [ -z "$root" ] || [ -d "$root" ] || fail "the folder $root of --root does not exist: create it first"
  case $(uname -s)-$(uname -m) in
    Linux-x86_64 | Linux-aarch64) ;;
    *) fail "$(uname -s) on $(uname -m) is not supported: install on Linux x86-64 or arm64, as CTP's libraries need" ;;
  esac
  systemd=$(systemctl --version 2>/dev/null | awk 'NR == 1 { print $2 }')
  case $systemd in
    '' | *[!0-9]*) fail "systemd is not here: install it (apt-get install systemd), or run the containers of docker-compose.yml" ;;
  esac
  [ "$systemd" -ge 252 ] || fail "systemd $systemd is too old for the credentials of the units: upgrade to 252 or newer (Debian 12)"
  if [ -z "$root" ] && [ ! -d /run/systemd/system ]; then
    fail "this machine was not booted with systemd: install into an image with --root DIR, or run the containers of docker-compose.yml"
  fi
}

# The format in a JSON file of ours; a release and a state folder without one are of format 1.0.
format_in() { # file, key
  sed -n "s/.*\"$2\": *\"\([0-9]*\.[0-9]*\)\".*/\1/p" "$1" 2>/dev/null | head -n 1 | grep . || echo 1.0
}

# A daemon refuses a state folder of another major format: said here, before the link is switched.
check_format() { # tree of the release
  local state has knows
  knows=$(format_in "$1/package.json" stateFormat)
  for state in /var/lib/tickd /var/lib/tickd-trade; do
    [ -f "$root$state/format.json" ] || continue
    has=$(format_in "$root$state/format.json" format)
    [ "${has%%.*}" = "${knows%%.*}" ] ||
      fail "the state in $state has format $has, and this release knows $knows: restore a backup of format ${knows%%.*}" \
        "into it first (docs/operations/upgrade.md)"
  done
}

arch() { case $(uname -m) in aarch64) echo arm64 ;; *) echo x64 ;; esac; }

# Each line of deploy/release/files for this machine, `?` removed; fails on what is missing.
release_files() {
  local line
  grep -v '^#' "$from/deploy/release/files" | sed "s/ARCH/$(arch)/" | while read -r line; do
    if [ -e "$from/${line%\?}" ]; then echo "${line%\?}"; continue; fi
    [ "$line" = "${line%\?}" ] || continue
    fail "$from/$line is missing: run 'npm ci --ignore-scripts' and 'npm run build' there first"
  done || return 1
  if [ ! -x "$from/dist/native/$(arch)/tickd-feed-worker" ]; then
    fail "$from/dist/native/$(arch)/tickd-feed-worker is missing: run 'npm run build' there, on a machine with a compiler for $(arch)"
  fi
  if [ -d "$from/machines" ] && [ -n "$(find -L "$from"/{src,actors,machines} -type f -newer "$from/dist/tickd.mjs" -print -quit)" ]; then
    fail "$from/dist is older than its sources: run 'npm run build' there first"
  fi
}

node_of() {
  local node
  node=$from/node_modules/node-linux-$(arch)/bin/node
  [ -x "$node" ] || node=$from/bin/node # the tree is an installed release
  [ -x "$node" ] || fail "$from has no Node for this machine: use a clone of tickd, and run 'npm ci --ignore-scripts' there, without --omit=optional"
  "$node" --version >/dev/null 2>&1 || fail "$node does not run on this machine: build the tree here, or on a machine with the same C library"
  echo "$node"
}

# The source as one list: hash and path of each file, as in the MANIFEST of a release.
manifest() { # node
  (cd "$from" && tr '\n' '\0' | xargs -0 -I{} find -L {} -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) &&
    sha256sum <"$1" | sed 's#-$#bin/node#'
}

# A file of an installed release that was changed or lost since: a unit would start with it.
check_release() { # name
  local wrong
  wrong=MANIFEST
  [ ! -f "$root$releases/$1/MANIFEST" ] || wrong=$(cd "$root$releases/$1" && LC_ALL=C sha256sum --check --quiet MANIFEST 2>/dev/null | head -n 1) || true
  [ -z "$wrong" ] ||
    fail "release $1 is damaged ($releases/$1/${wrong%%: FAILED*}): install it again with --from DIR --release $1+1"
}

check_disk() { # bytes needed, path below root
  local folder=$root$2 free
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  free=$(($(df --output=avail -B1 "$folder" | tail -n 1)))
  [ "$free" -ge "$1" ] ||
    fail "the release needs $(($1 / 1048576 + 1)) MiB in $folder and $((free / 1048576)) MiB are free: free some space there, or remove an old release"
}

# Ports of the defaults that another program holds: a unit would not start.
held_ports() { # ports
  local port
  for port in "$@"; do
    if awk -v port="$(printf ':%04X' "$port")" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
      /proc/net/tcp /proc/net/tcp6 2>/dev/null; then echo "$port"; fi
  done
}
warn_of_ports() {
  local port
  for port in $(held_ports 4222 8222 9100 9101 9110 8002 9090 9091 9093); do
    say "port $port is held by another program: stop it (ss -ltnp 'sport = :$port'; Debian's own units of nats-server, prometheus, prometheus-pushgateway, prometheus-alertmanager: systemctl disable --now NAME), or choose another port"
  done
}
