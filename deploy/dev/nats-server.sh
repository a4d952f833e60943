#!/usr/bin/env bash
# Finds nats-server, or puts one into the project's own cache; nothing outside the project folder is changed.
# The last line on stdout is the path of the program; all other output goes to stderr.
#
#   bash deploy/dev/nats-server.sh            order: NATS_SERVER, PATH, .tools/, Docker, Debian package, release archive
#   TICKD_NATS_SUITE=sid                      Debian suite of the package (default trixie: 2.10.27)
#   TICKD_NATS_RELEASE=v2.10.27               release of the archive
#   TICKD_NATS_ROUTES="cache debian"          try only these: env path cache docker debian release
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${TICKD_ROOT:-$(cd "$here/../.." && pwd)}
cache=$root/.tools/nats-server
binary=$cache/nats-server
suite=${TICKD_NATS_SUITE:-trixie}
release=${TICKD_NATS_RELEASE:-v2.10.27}
routes=${TICKD_NATS_ROUTES:-env path cache docker debian release}
work=

say() { echo "nats-server: $*" >&2; }
# shellcheck source=debian-package.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/debian-package.sh"
finish() { [ -z "$work" ] || rm -rf "$work"; }
trap finish EXIT
# a signal must end the script, and its work folder with it
trap 'exit 130' INT TERM HUP

version_of() { timeout 10 "$1" --version 2>/dev/null | sed -n 's/.*v\([0-9][0-9]*\.[0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1; }

# The oldest supported version is 2.10: older servers lack features that the stream and its consumers use.
new_enough() {
  local major minor
  major=${1%%.*}
  minor=${1#*.}
  minor=${minor%%.*}
  [ -n "$1" ] && { [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 10 ]; }; }
}

answer() {
  say "using $1 (${2:-version unknown})"
  echo "$1"
  exit 0
}

consider() { # path, where it was found
  local version
  version=$(version_of "$1" || true)
  if new_enough "$version"; then answer "$1" "$version"; fi
  say "skipped $1 from $2: it says version ${version:-unknown} and 2.10 or newer is needed"
}

# Moved into place in one step: a parallel run sees a complete program or none.
install_binary() { # file
  chmod 755 "$1"
  local version
  version=$(version_of "$1" || true)
  if ! new_enough "$version"; then
    say "the fetched program does not run here or is too old (version ${version:-unknown})"
    return 1
  fi
  mkdir -p "$cache"
  mv -f "$1" "$binary"
  answer "$binary" "$version"
}

route_env() {
  [ -n "${NATS_SERVER:-}" ] || return 0
  consider "$NATS_SERVER" "NATS_SERVER"
  say "NATS_SERVER is set, so nothing else is tried: point it at a nats-server of 2.10 or newer, or unset it"
  exit 1
}

route_path() {
  local found
  found=$(command -v nats-server || true)
  [ -z "$found" ] || consider "$found" PATH
}

route_cache() { [ ! -x "$binary" ] || consider "$binary" "the project cache"; }

# The wrapper replaces the program: same arguments, same folder, and the host's network so that loopback works.
route_docker() {
  command -v docker >/dev/null || return 0
  timeout 10 docker info >/dev/null 2>&1 || { say "docker: no engine answers"; return 0; }
  say "docker: an engine answers, pulling nats:2.11"
  timeout 300 docker pull -q nats:2.11 >&2 || { say "docker: nats:2.11 could not be pulled"; return 0; }
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/work.XXXXXX")
  cat >"$work/wrapper" <<'WRAPPER'
#!/usr/bin/env bash
# nats-server in a container. The configuration's folder is mounted at its own path; the store must be inside it.
set -euo pipefail
mount=()
name=()
previous=
for argument in "$@"; do
  if [ "$previous" = "-c" ]; then
    folder=$(cd "$(dirname "$argument")" && pwd)
    mount=(-v "$folder:$folder")
    id=tickd-nats-$(echo "$folder" | cksum | cut -d' ' -f1)
    docker rm -f "$id" >/dev/null 2>&1 || true
    name=(--name "$id")
  fi
  previous=$argument
done
exec docker run --rm --network host --user "$(id -u):$(id -g)" "${name[@]}" "${mount[@]}" nats:2.11 "$@"
WRAPPER
  mv "$work/wrapper" "$work/nats-server"
  chmod 755 "$work/nats-server"
  mv -f "$work/nats-server" "$cache/nats-server-docker"
  consider "$cache/nats-server-docker" docker
}

route_debian() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 0
  say "debian: fetching the package of $suite through a private apt configuration"
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/work.XXXXXX")
  if debian_index "$work/apt" "$suite" && debian_unpack "$work/apt" nats-server "$work/root"; then
    install_binary "$(find "$work/root" -type f -name nats-server | head -n 1)" || true
  fi
  rm -rf "$work"
  work=
}

route_release() {
  local arch name base sum
  command -v curl >/dev/null && command -v sha256sum >/dev/null || { say "release: needs curl and sha256sum"; return 0; }
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) arch=linux-amd64 ;;
    Linux-aarch64) arch=linux-arm64 ;;
    *) say "release: no archive is known for $(uname -s) on $(uname -m)"; return 0 ;;
  esac
  name=nats-server-$release-$arch.tar.gz
  base=https://github.com/nats-io/nats-server/releases/download/$release
  say "release: fetching $name"
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/work.XXXXXX")
  if curl -fsSL --connect-timeout 10 --max-time 240 -o "$work/$name" "$base/$name" &&
    curl -fsSL --connect-timeout 10 --max-time 60 -o "$work/SHA256SUMS" "$base/SHA256SUMS"; then
    sum=$(awk -v name="$name" '$2 == name || $2 == "*" name {print $1}' "$work/SHA256SUMS")
    if [ -z "$sum" ] || ! echo "$sum  $work/$name" | sha256sum -c --quiet - >&2; then
      say "release: the checksum of $name is missing or wrong, so it is not used"
    elif tar -xzf "$work/$name" -C "$work"; then
      install_binary "$(find "$work" -type f -name nats-server | head -n 1)" || true
    fi
  else
    say "release: the archive could not be fetched"
  fi
  rm -rf "$work"
  work=
}

tried() { case " $routes " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }
for route in env path cache; do if tried "$route"; then "route_$route"; fi; done

# One fetch at a time: a waiting run finds the result in the cache. Without flock both runs fetch, which is only slower.
mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/fetch.lock"
  flock -w 600 9 || say "another fetch holds the lock for 10 minutes: continuing without it"
  if tried cache; then route_cache; fi
fi
for route in docker debian release; do if tried "$route"; then "route_$route"; fi; done

say "no nats-server could be found or fetched: install nats-server 2.10 or newer and put it on PATH, or set NATS_SERVER to it"
exit 1
