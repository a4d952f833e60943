#!/usr/bin/env bash
# Compiles the feed worker and the simulated vendor libraries into .build/native. Nothing is done when the sources,
# the flags and the compiler are those of the last build. Two builds at once are safe: each works in a folder of its
# own, and a finished file takes its place by rename.
# usage: build.sh [FOLDER]   (.build/native); CXX: the compiler, g++ by default
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../../../.." && pwd)
out=$(realpath -m "${1:-$root/.build/native}")
shown=${out#"$root/"}
cxx=${CXX:-g++}
# sim/: the simulated vendor libraries; trader/: the contract query.
flags=(-I. -Isim -Itrader -std=c++17 -O2 -g1 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -pthread)

if ! command -v "$cxx" >/dev/null; then
  echo "build-native: $cxx is not on PATH: install it, e.g. apt-get install g++" >&2
  exit 1
fi

cd "$here"
fingerprint=$( (cat ./*.h ./*.cc sim/* trader/* ./build.sh; "$cxx" -dumpfullversion -dumpmachine; echo "${flags[*]}") | sha256sum | cut -d' ' -f1)
products=(tickd-feed-worker)
# The simulated market-data libraries, by name: family, methods of the exported table, version text, more flags. First
# those of the three families; then what is refused: unknown versions, tables of another size, no exported table.
declare -A entries=(
  [63]="63 14 v6.3.11_tickd_sim" [6315]="6315 15 v6.3.15_P2_tickd_sim" [65]="65 15 v6.7.11_tickd_sim" [651]="65 15 v6.5.1_tickd_sim"
  [69]="65 15 v6.9.0_tickd_sim" [unknown]="65 15 v9.9.9_tickd_sim" [13]="63 13 v6.3.11_tickd_sim" [16]="65 16 v6.7.11_tickd_sim"
  [1465]="65 14 v6.7.11_tickd_sim" [hidden]="65 15 v6.7.11_tickd_sim -DTICKD_SIM_HIDDEN_TABLE"
)
for name in "${!entries[@]}"; do products+=("libtickd_sim_md_$name.so"); done
# A sound library that needs another one, which no machine has.
products+=(libtickd_sim_md_needs.so)
# The trader library's query: a worker, and simulated libraries by name: methods of the exported table, version text.
declare -A traders=(
  [63]="94 v6.3.15_tickd_sim" [65]="123 v6.7.7_tickd_sim" [6711]="133 v6.7.11_tickd_sim" [6713]="140 v6.7.13_tickd_sim"
  [6713sm]="142 v6.7.13_SM_tickd_sim" [unknown]="123 v6.7.9_tickd_sim"
)
products+=(tickd-contract-query tickd-bound)
for name in "${!traders[@]}"; do products+=("libtickd_sim_td_$name.so"); done
complete=yes
for product in "${products[@]}"; do [ -e "$out/$product" ] || complete=no; done
if [ "$complete" = yes ] && [ "$(cat "$out/fingerprint" 2>/dev/null || true)" = "$fingerprint" ]; then
  echo "build-native: $shown is up to date"
  exit 0
fi

echo "build-native: compiling the feed worker and the simulated vendor libraries with $cxx into $shown"
mkdir -p "$out"
work=$(mktemp -d "$out/building.XXXXXX")
trap 'rm -rf "$work"' EXIT

jobs_at_once=$(nproc)
running=0
spawn() {
  "$@" &
  running=$((running + 1))
  if [ "$running" -ge "$jobs_at_once" ]; then
    wait -n
    running=$((running - 1))
  fi
}
finish() {
  while [ "$running" -gt 0 ]; do
    wait -n
    running=$((running - 1))
  done
}

source_of() { for folder in . sim trader; do [ -e "$folder/$1.cc" ] && echo "$folder/$1.cc" && return; done; }
shim=(ring session_events lock_holder flow_folder library_load vendor_library housekeeping shim layout)
simulated=(sim_md sim_session sim_front sim_bench)
for unit in "${shim[@]}" "${simulated[@]}" worker; do
  spawn "$cxx" "${flags[@]}" -c "$(source_of "$unit")" -o "$work/$unit.o"
done
for name in "${!entries[@]}"; do
  read -r family methods version more <<<"${entries[$name]}"
  spawn "$cxx" "${flags[@]}" "-DTICKD_SIM_FAMILY=$family" "-DTICKD_SIM_METHODS=$methods" "-DTICKD_SIM_VERSION=\"$version\"" \
    ${more:+"$more"} -c sim/sim_entry.cc -o "$work/entry_$name.o"
done
for unit in trader_lines trader_session trader_worker sim_trader; do
  spawn "$cxx" "${flags[@]}" -c "$(source_of "$unit")" -o "$work/$unit.o"
done
for name in "${!traders[@]}"; do
  one_argument=$([ "$name" = 63 ] || [ "$name" = 65 ] && echo 1 || echo 0)
  read -r methods version <<<"${traders[$name]}"
  spawn "$cxx" "${flags[@]}" "-DTICKD_SIM_ONE_ARGUMENT=$one_argument" "-DTICKD_SIM_METHODS=$methods" "-DTICKD_SIM_VERSION=\"$version\"" -c sim/sim_trader_entry.cc -o "$work/trader_entry_$name.o"
done
finish

objects() { for unit in "$@"; do echo "$work/$unit.o"; done; }
spawn "$cxx" "${flags[@]}" $(objects worker "${shim[@]}") -o "$work/tickd-feed-worker" -ldl
spawn "$cxx" "${flags[@]}" bound.cc -o "$work/tickd-bound"
for name in "${!entries[@]}"; do
  spawn "$cxx" "${flags[@]}" -shared -Wl,-z,defs $(objects "entry_$name" "${simulated[@]}") -o "$work/libtickd_sim_md_$name.so"
done
echo "extern \"C\" void tickd_absent() {}" | "$cxx" "${flags[@]}" -shared -x c++ - -Wl,-soname,libtickd_absent.so.1 -o "$work/libtickd_absent.so"
spawn "$cxx" "${flags[@]}" -shared $(objects entry_65 "${simulated[@]}") -Wl,--no-as-needed "$work/libtickd_absent.so" -o "$work/libtickd_sim_md_needs.so"
spawn "$cxx" "${flags[@]}" $(objects trader_worker trader_session trader_lines lock_holder flow_folder library_load) -o "$work/tickd-contract-query" -ldl
for name in "${!traders[@]}"; do
  spawn "$cxx" "${flags[@]}" -shared -Wl,-z,defs $(objects "trader_entry_$name" sim_trader) -o "$work/libtickd_sim_td_$name.so"
done
finish

for product in "${products[@]}"; do mv -f "$work/$product" "$out/$product"; done
echo "$fingerprint" >"$work/fingerprint"
mv -f "$work/fingerprint" "$out/fingerprint"
echo "build-native: done"
