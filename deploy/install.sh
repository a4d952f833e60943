#!/usr/bin/env bash
# Installs tickd on a host with systemd: docs/operations/install.md. The release goes to /opt/tickd/releases/NAME, the
# link /opt/tickd/current is switched last, and nothing is started. A run that was killed is ended by the next one.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: install.sh [FLAGS]                install the built tree that holds this script
       install.sh --rollback [FLAGS]     back to the release before
       install.sh --uninstall [--purge]  remove what was installed; --purge: state and configuration too,
                                    backups (/var/backups/tickd*) never

  --from DIR      built tree to install from (default: the one that holds this script)
  --release NAME  name of the release (default: the version in package.json)
  --root DIR      install into this folder instead of / (an image, a test)
  --keep N        releases that stay in /opt/tickd/releases, 2 to 50 (default 3)
  --dry-run       print each change, make none
  --version       print the version of the tree
  --help          print this text

Exit codes: 0 done, also when there is nothing to change; 1 refused or failed, with one sentence; 64 wrong use.
USAGE
}
wrong_use() { echo "install: $1: see install.sh --help" >&2; exit 64; }

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
from=$(dirname "$here")
root='' name='' keep=3 dry_run=0 purge=0 verb=install
while [ $# -gt 0 ]; do
  case $1 in
    --from | --release | --root | --keep) [ $# -ge 2 ] || wrong_use "$1 needs a value" ;;
  esac
  case $1 in
    --from) from=$(readlink -m "$2"); [ -f "$from/package.json" ] || wrong_use "$2 is not a tree of tickd"; shift ;;
    --release) name=$2; [ -n "$name" ] || wrong_use "--release needs a name"; shift ;;
    --root) root=$(readlink -m "$2"); [ -d "$root" ] || wrong_use "the folder $2 of --root does not exist"; shift ;;
    --keep) keep=$2; shift ;;
    --dry-run) dry_run=1 ;;
    --rollback | --uninstall)
      [ "$verb" = install ] || [ "$verb" = "${1#--}" ] || wrong_use "--rollback and --uninstall exclude each other"
      verb=${1#--}
      ;;
    --purge) purge=1 ;;
    --version) verb=version ;;
    --help | -h) usage; exit 0 ;;
    *) wrong_use "$1 is not a flag" ;;
  esac
  shift
done
[ "$root" != / ] || root=''
[ "$purge" = 0 ] || [ "$verb" = uninstall ] || wrong_use "--purge goes with --uninstall"
case $keep in [2-9] | [1-4][0-9] | 50) ;; *) wrong_use "--keep $keep is not a number from 2 to 50" ;; esac

opt=/opt/tickd
releases=$opt/releases
# One line for each file outside of /opt/tickd that was laid out: its hash and its path.
installed_list=$opt/installed
changes=0
# shellcheck source=release/actions.sh
. "$here/release/actions.sh"
# shellcheck source=release/checks.sh
. "$here/release/checks.sh"

version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$from/package.json")
name=${name:-$version}
[[ $name =~ ^[0-9A-Za-z][0-9A-Za-z.+_-]*$ ]] || wrong_use "--release '$name' is not a name of letters, digits and . + _ -"
if [ "$verb" = version ]; then echo "$version"; exit 0; fi

is_live() { [ -z "$root" ] && [ "$dry_run" = 0 ]; }

lock() {
  [ "$dry_run" = 0 ] || return 0
  mkdir -p "$root$opt"
  exec 9<"$root$opt"
  flock -n 9 || fail "another installation works on $root$opt: wait until it has ended"
}

# Halves that a killed run has left.
sweep() {
  local path target
  for path in "$root$releases"/.*.part; do [ ! -e "$path" ] || remove "${path#"$root"}"; done
  for path in "$root$opt"/*.tickd-new~; do [ ! -L "$path" ] || remove "${path#"$root"}"; done
  while read -r _ target; do remove "$target.tickd-new~"; done < <(system_files "$1"; config_files "$1")
}

# Everything outside of /opt/tickd, as this release has it; what an earlier release had and this one has not goes.
lay_out() { # folder of the release
  local source target list
  make_user_and_folders "$1"
  while read -r source target; do put_config "$source" "$target"; done < <(config_files "$1")
  while read -r source target; do put_file "$source" "$target" 0644; done < <(system_files "$1")
  make_folder /usr/local/bin 0755
  put_link /usr/local/bin/tickd $opt/current/bin/tickd
  # No `… | grep -q`: with pipefail a writer that grep does not wait for makes a match a failure.
  list=$(system_files "$1" | cut -d' ' -f2; echo /usr/local/bin/tickd)
  while read -r target; do
    grep -qxF "$target" <<<"$list" || { disable "${target##*/}"; remove "$target"; }
  done < <(listed)
  list=$({ while read -r source target; do echo "$(hash_of "$source")  $target"; done < <(system_files "$1")
    echo "$(printf '%064d' 0)  /usr/local/bin/tickd"; })
  [ "$list" = "$(cat "$root$installed_list" 2>/dev/null)" ] || act "write $installed_list" write_text "$list" "$root$installed_list"
}
disable() { # unit
  case $1 in *.service | *.timer) ;; *) return 0 ;; esac
  [ "$dry_run" = 1 ] || systemctl --root="${root:-/}" --quiet disable "$1" 2>/dev/null || true
}
reload() { ! is_live || [ "$changes" = 0 ] || systemctl daemon-reload; }

current() { basename "$(readlink "$root$opt/current" 2>/dev/null)" 2>/dev/null || true; }
# Each release remembers from which one it took over, so that the link alone decides, in one step.
previous() { cat "$root$releases/$(current)/PREVIOUS" 2>/dev/null || true; }
write_text() { echo "$1" >"$2.part" && mv -f "$2.part" "$2"; }
switch_to() { # name
  local last
  last=$(current)
  if [ "$last" = "$1" ]; then return 0; fi
  [ -z "$last" ] || [ "$dry_run" = 1 ] || write_text "$last" "$root$releases/$1/PREVIOUS"
  put_link $opt/current "releases/$1"
}

copy_release() { # folder, node, manifest
  local line
  while read -r line; do
    mkdir -p "$1/$(dirname "$line")"
    cp -RL --preserve=mode,timestamps "$from/$line" "$1/$line"
  done < <(release_files)
  install -D -m 0755 "$2" "$1/bin/node"
  install -m 0755 "$1/deploy/release/tickd" "$1/bin/tickd"
  echo "$3" >"$1/MANIFEST"
  [ "$EUID" != 0 ] || chown -R 0:0 "$1"
  chmod -R u+rwX,go=rX "$1"
}

# A release is complete from the moment that its folder has its name.
add_release() { # node, manifest
  local part=$root$releases/.$name.part bytes said
  if [ -e "$root$releases/$name" ]; then
    [ "$2" = "$(cat "$root$releases/$name/MANIFEST" 2>/dev/null)" ] ||
      fail "release $name is installed with other files: give this one another name with --release, such as --release $name+1"
    check_release "$name"
    return 0
  fi
  bytes=$(($({ release_files | sed "s#^#$from/#"; echo "$1"; } | tr '\n' '\0' | du -cbL --files0-from=- | tail -n 1 | cut -f1) * 11 / 10 + 33554432))
  check_disk "$bytes" $releases
  make_folder $releases 0755
  if [ "$dry_run" = 1 ]; then act "copy the release to $releases/$name"; return 0; fi
  act "copy the release to $releases/$name" copy_release "$part" "$1" "$2"
  said=$(NODE_DISABLE_COMPILE_CACHE=1 "$part/bin/tickd" --version 2>&1) || fail "the release does not run on this machine ($said): build the tree here"
  [ -n "$root" ] || sync -f "$part"
  mv -T "$part" "$root$releases/$name"
}

# Old releases, but never the current one, the one before, or one of which a program still runs.
prune() {
  local old running
  running=$(readlink /proc/[0-9]*/exe 2>/dev/null || true)
  while read -r old; do
    case $old in "$(current)" | "$(previous)" | "$name") continue ;; esac
    if grep -qF "$root$releases/$old/" <<<"$running"; then continue; fi
    remove "$releases/$old"
  done < <(find "$root$releases" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%C@ %f\n' 2>/dev/null | sort -rn | cut -d' ' -f2 | tail -n "+$((keep + 1))")
}

install_release() {
  local node list source
  node=$(node_of)
  list=$(release_files) || exit 1
  list=$(manifest "$node" <<<"$list")
  check_format "$from"
  lock
  sweep "$from"
  add_release "$node" "$list"
  source=$root$releases/$name
  [ -d "$source" ] || source=$from # --dry-run
  [ -n "$(current)" ] || [ -n "$root" ] || warn_of_ports
  lay_out "$source"
  switch_to "$name"
  prune
  reload
  if [ "$changes" = 0 ]; then say "release $name is current: nothing to change"; return 0; fi
  [ "$dry_run" = 0 ] || { say "nothing was changed (--dry-run)"; return 0; }
  say "release $name is current; nothing was started. Next: edit /etc/tickd/tickd.env, then 'systemctl restart tickd' (docs/operations/install.md)"
}

roll_back() {
  local last
  last=$(previous)
  [ -n "$(current)" ] || fail "tickd is not installed in ${root:-/}: run install.sh without --rollback"
  if [ -z "$last" ] || [ ! -d "$root$releases/$last" ]; then
    fail "there is no release before $(current) in $releases: install one with --from DIR"
  fi
  check_format "$root$releases/$last"
  lock
  check_release "$last"
  name=$last
  sweep "$root$releases/$last"
  lay_out "$root$releases/$last"
  switch_to "$last"
  reload
  [ "$dry_run" = 0 ] || { say "nothing was changed (--dry-run)"; return 0; }
  say "release $last is current; programs that run keep theirs until 'systemctl restart tickd'"
}

uninstall() {
  local target running
  [ ! -d "$root$opt" ] || lock
  if is_live; then
    running=$(systemctl list-units --plain --no-legend --state=active,activating 'tickd*' | awk '{ print $1 }' | tr '\n' ' ')
    [ -z "$running" ] || fail "these units run: ${running% }: stop them first (systemctl disable --now ${running% })"
  fi
  while read -r target; do disable "${target##*/}"; remove "$target"; done < <(listed)
  reload
  if [ "$purge" = 1 ]; then
    for target in "$root"/var/lib/tickd "$root"/var/lib/tickd-* "$root"/etc/tickd "$root"/etc/credstore/tickd.* "$root"/etc/credstore/tickd-trade.*; do
      remove "${target#"$root"}"
    done
  fi
  remove $opt
  if [ "$changes" = 0 ]; then say "tickd is not installed in ${root:-/}: nothing to change"; return 0; fi
  [ "$dry_run" = 0 ] || { say "nothing was changed (--dry-run)"; return 0; }
  if [ "$purge" = 1 ]; then say "removed, with state and configuration; the user tickd, /opt/ctp and the backups in /var/backups/tickd* stay"
  else say "removed; state (/var/lib/tickd*) and configuration (/etc/tickd, /etc/credstore) stay: --purge removes them"; fi
}

check_machine
case $verb in install) install_release ;; rollback) roll_back ;; uninstall) uninstall ;; esac
