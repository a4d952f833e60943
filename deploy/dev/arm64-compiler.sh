#!/usr/bin/env bash
# Finds a C++ compiler for arm64, or puts one into the project's own cache from Debian's packages (47 MB; 195 MB on
# disk); needs no root and changes nothing outside the project folder. stdout has its path, stderr all other output.
#
#   bash deploy/dev/arm64-compiler.sh --find    only look on PATH and in .tools/; exit 1: it is not there
#   CXX=$(bash deploy/dev/arm64-compiler.sh) bash src/market/adapters/ctp/native/build.sh .build/native-arm64
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=${TICKD_ROOT:-$(cd "$here/../.." && pwd)}
cache=$root/.tools/arm64
program=aarch64-linux-gnu-g++
work=

say() { echo "arm64-compiler: $*" >&2; }
finish() { [ -z "$work" ] || rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM HUP
# shellcheck source=debian-package.sh
. "$here/debian-package.sh"

found() { command -v "$program" || { [ -x "$cache/$program" ] && echo "$cache/$program"; }; }

if found; then exit 0; fi
fix="install g++-aarch64-linux-gnu, or put $program on PATH"
if [ "${1:-}" = --find ]; then say "no $program: run 'npm run build -- --arm64', or $fix"; exit 1; fi
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  say "no $program, and this is not Debian: $fix"
  exit 1
fi

mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/fetch.lock"
  flock -w 600 9 || say "another fetch holds the lock for 10 minutes: continuing without it"
fi
if found; then exit 0; fi

# The suite of this machine: the compiler uses libraries of the machine's own compiler.
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
work=$(mktemp -d "$cache/work.XXXXXX")
say "debian: fetching a cross compiler of $suite through a private apt configuration"
debian_index "$work/apt" "$suite" || { say "no $program: $fix"; exit 1; }
version=$(APT_CONFIG=$work/apt/apt.conf apt-cache depends g++-aarch64-linux-gnu | sed -n 's/.*Depends: g++-\([0-9]*\)-aarch64-linux-gnu$/\1/p')
[ -n "$version" ] || { say "debian: $suite has no package g++-aarch64-linux-gnu: $fix"; exit 1; }
for package in "g++-$version-aarch64-linux-gnu" "gcc-$version-aarch64-linux-gnu" "cpp-$version-aarch64-linux-gnu" \
  "libgcc-$version-dev-arm64-cross" "libstdc++-$version-dev-arm64-cross" binutils-aarch64-linux-gnu \
  libgcc-s1-arm64-cross libstdc++6-arm64-cross libc6-arm64-cross libc6-dev-arm64-cross linux-libc-dev-arm64-cross; do
  debian_unpack "$work/apt" "$package" "$work/root" || { say "no $program: $fix"; exit 1; }
done
# Debian's packages expect to be below /. The libraries of binutils are beside them.
rm -rf "$cache/root"
mv "$work/root" "$cache/root"
libraries=$cache/root/usr/lib/$(uname -m)-linux-gnu
cat >"$work/$program" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH="$libraries" exec "$cache/root/usr/bin/$program-$version" --sysroot="$cache/root" "\$@"
WRAPPER
chmod +x "$work/$program"
"$work/$program" -dumpmachine >/dev/null || { say "debian: $program $version does not run on this machine: $fix"; exit 1; }
# The last step: a parallel run sees a complete compiler or none.
mv -f "$work/$program" "$cache/$program"
found
