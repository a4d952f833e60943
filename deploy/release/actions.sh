# shellcheck shell=bash
# Functions of deploy/install.sh that change the disk. Each does nothing when the result stands already, prints one line
# for each change, and only prints it with --dry-run. A file or link takes its place by rename.

: "${root?}" "${dry_run?}" "${changes?}" "${installed_list?}"

say() { echo "install: $*"; }
fail() { echo "install: $*" >&2; exit 1; }

# One change: its line, then the command.
act() { # text, command, arguments
  changes=$((changes + 1))
  if [ "$dry_run" = 1 ]; then say "would $1"; return 0; fi
  say "$1"
  shift
  "$@"
}

# Owner by the names of the root that is installed into, which may know other ids than this machine.
own() { # user, group, path
  local user group
  [ "$EUID" = 0 ] || return 0
  user=$(id_of "$1" passwd)
  group=$(id_of "$2" group)
  chown -h "$user:$group" "$3"
}

id_of() { # name, database
  local id
  id=$(awk -F: -v name="$1" '$1 == name { print $3; exit }' "$root/etc/$2" 2>/dev/null)
  [ -n "$id" ] || { [ "$1" = root ] && id=0; } || fail "there is no $1 in $root/etc/$2: run systemd-sysusers there first"
  echo "$id"
}

make_folder() { # path below root, mode
  [ -d "$root$1" ] || act "create $1" install -d -m "$2" "$root$1"
}

write_file() { # source, path below root, mode, group
  local target=$root$2
  install -D -m "$3" "$1" "$target.tickd-new~"
  own root "$4" "$target.tickd-new~"
  mv -fT "$target.tickd-new~" "$target"
}

# Files that belong to tickd: always those of the release. A changed one is kept beside it once.
put_file() { # source, path below root, mode
  local target=$root$2
  if [ -f "$target" ] && [ ! -L "$target" ] && cmp -s "$1" "$target"; then return 0; fi
  if [ -f "$target" ] && ! is_laid_out "$2" "$target"; then
    act "keep the changed $2 as $2~ (use 'systemctl edit' for changes)" cp -pT "$target" "$target~"
  fi
  act "write $2" write_file "$1" "$2" "$3" root
}

# Files that belong to the operator: written once, never again.
put_config() { # source, path below root
  [ -e "$root$2" ] || act "write $2, for you to edit" write_file "$1" "$2" 0640 tickd
}

switch_link() { # link below root, target
  ln -sfnT "$2" "$root$1.tickd-new~"
  mv -fT "$root$1.tickd-new~" "$root$1"
}

put_link() { # link below root, target
  [ "$(readlink "$root$1" 2>/dev/null)" = "$2" ] || act "link $1 to $2" switch_link "$1" "$2"
}

remove() { # path below root
  if [ -e "$root$1" ] || [ -L "$root$1" ]; then act "remove $1" rm -rf -- "$root$1"; fi
}

hash_of() { sha256sum <"$1" | cut -c1-64; }
is_laid_out() { # path below root, file
  grep -qxF "$(hash_of "$2")  $1" "$root$installed_list" 2>/dev/null
}
listed() { [ ! -f "$root$installed_list" ] || cut -c67- "$root$installed_list"; }

# Where each file of a release goes outside of /opt/tickd: source and target.
system_files() { # folder of the release
  local file
  for file in "$1"/deploy/systemd/*.service "$1"/deploy/systemd/*.timer; do
    echo "$file /etc/systemd/system/${file##*/}"
  done
  echo "$1/deploy/systemd/sysusers.d/tickd.conf /etc/sysusers.d/tickd.conf"
  echo "$1/deploy/systemd/tmpfiles.d/tickd.conf /etc/tmpfiles.d/tickd.conf"
  echo "$1/deploy/polkit/50-tickd.rules /etc/polkit-1/rules.d/50-tickd.rules"
  echo "$1/deploy/logrotate/tickd /etc/logrotate.d/tickd"
}

# Configuration of which the operator gets a first copy: source and target.
config_files() { # folder of the release
  local file
  echo "$1/deploy/release/tickd.env /etc/tickd/tickd.env"
  echo "$1/deploy/release/trade.env /etc/tickd/trade.env"
  echo "$1/deploy/nats/machine.conf /etc/tickd/nats.conf"
  [ ! -d "$1/deploy/alertmanager" ] || find -L "$1/deploy/alertmanager" -type f ! -name '*.sh' | sort | while read -r file; do
    echo "$file /etc/tickd/alertmanager/${file#"$1"/deploy/alertmanager/}"
  done
}

create_user() { # configuration of sysusers
  systemd-sysusers --root="${root:-/}" "$1" || fail "systemd-sysusers cannot create the user tickd in ${root:-/}: see its message above"
}
create_folder() { # path below root, configuration of tmpfiles
  systemd-tmpfiles --root="${root:-/}" --create --prefix="$1" "$2" || fail "systemd-tmpfiles cannot create $1 in ${root:-/}: see its message above"
}
has_user() { grep -qs '^tickd:' "$root/etc/passwd"; }
has_folder() { # path, mode, user, group
  [ "$(stat -c '0%a %u %g' "$root$1" 2>/dev/null)" = "$2 $(id_of "$3" passwd) $(id_of "$4" group)" ]
}

# The user, then the folders that it owns. In a scratch root as another user than root neither can be made.
make_user_and_folders() { # folder of the release
  local users=$1/deploy/systemd/sysusers.d/tickd.conf folders=$1/deploy/systemd/tmpfiles.d/tickd.conf path mode user group
  if [ "$EUID" != 0 ]; then
    say "not root: the user tickd and its folders are left out of $root"
    return 0
  fi
  make_folder /etc 0755
  has_user || act "create the user tickd" create_user "$users"
  # Each folder is looked at first, so that a second run finds nothing to change.
  while read -r path mode user group; do
    if has_user && has_folder "$path" "$mode" "$user" "$group"; then continue; fi
    act "create $path ($mode $user:$group)" create_folder "$path" "$folders"
  done < <(awk '$1 == "d" { print $2, $3, $4, $5 }' "$folders")
}
