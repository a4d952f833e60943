#!/usr/bin/env bash
# Runs a command of the project on a new machine: installs the packages (including Node 24), builds the native worker,
# and runs the command with that Node.
# usage: with-deps.sh [--quiet] [--no-native] COMMAND [ARGUMENT…]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
quiet=0
native=1
while :; do
  case "${1:-}" in
    --quiet) quiet=1; shift ;;
    --no-native) native=0; shift ;;
    *) break ;;
  esac
done
# This script prints to stderr, so that stdout has only the command's own output, including a final JSON line.
say() { printf '[tickd] %s\n' "$*" >&2; }
fail() { printf 'tickd: %s\n' "$*" >&2; exit 1; }

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64 | Linux-aarch64) ;;
  *) fail "$(uname -s) on $(uname -m) is not supported: run tickd on Linux x86-64 or arm64, as CTP's libraries need." ;;
esac
# An installed release has its own Node and its worker (deploy/install.sh): nothing is fetched and nothing is compiled.
if [ -x "$root/bin/node" ] && [ -f "$root/MANIFEST" ]; then
  export PATH="$root/bin:$PATH"
  exec "$@"
fi

command -v npm >/dev/null || fail "npm is not on PATH: install Node.js 20 or newer with npm, e.g. apt-get install nodejs npm."

# An installed package has its packages and its native part: `npm run build` put the latter into dist.
[ -e "$root/package-lock.json" ] || exec "$@"

lock_sum=$(sha256sum "$root/package-lock.json" | cut -c1-64)
installed() { [ "$(cat "$root/node_modules/.tickd-lock" 2>/dev/null || true)" = "$lock_sum" ]; }
if ! installed; then
  mkdir -p "$root/.build"
  exec 9>"$root/.build/install.lock"
  flock 9 # two commands started at once must not install into each other
  if ! installed; then
    say "installing packages of package-lock.json (npm ci --ignore-scripts)"
    log="$root/.build/npm-ci.log"
    (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$log" 2>&1 ||
      { tail -n 20 "$log" >&2; fail "npm ci failed: check that the npm registry can be reached and run the command again (log: .build/npm-ci.log)."; }
    printf '%s' "$lock_sum" >"$root/node_modules/.tickd-lock"
  fi
  exec 9>&-
fi
[ -x "$root/node_modules/.bin/node" ] || fail "Node 24 did not come with the packages: run 'npm ci --ignore-scripts' without --omit=optional."

if [ "$native" = 1 ]; then
  if [ "$quiet" = 1 ]; then bash "$root/src/market/adapters/ctp/native/build.sh" >/dev/null
  else bash "$root/src/market/adapters/ctp/native/build.sh" >&2; fi
fi

export PATH="$root/node_modules/.bin:$PATH"
exec "$@"
