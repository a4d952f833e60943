#!/bin/sh
# Starts an Alertmanager in place of this shell, also one of Debian's package that was unpacked without root.
#
#   deploy/alertmanager/run.sh .tools/monitoring/alertmanager --config.file=deploy/alertmanager/alertmanager.yml
#   deploy/alertmanager/run.sh --check .tools/monitoring/alertmanager      exit 78 with one sentence: cannot run here
#
# Debian's build opens its templates under /usr/share/prometheus/alertmanager at each start and ends without them.
# Where they are missing, and lie beside the program in alertmanager-templates/ (deploy/dev/monitoring-tools.sh puts
# them there), the program gets a mount namespace of its own in which they are in that place. No other program sees a
# change. A user other than root needs user namespaces. An upstream build and an installed package need none of this.
set -u
check=
if [ "${1:-}" = --check ]; then check=1; shift; fi
[ $# -gt 0 ] || { echo "alertmanager: name the program" >&2; exit 64; }
program=$1; shift
home=/usr/share/prometheus/alertmanager
templates=$(dirname "$program")/alertmanager-templates
case $templates in /*) ;; *) templates=$PWD/$templates ;; esac

if [ -e "$home/default.tmpl" ] || [ ! -e "$templates/default.tmpl" ]; then
  [ -z "$check" ] || exit 0
  exec "$program" "$@"
fi

# A file system in memory over /usr/share, with a link to each entry of the real folder. The working directory keeps
# the real one in reach while it is covered, so that nothing is written to any disk. A recursive bind would bring the
# cover along.
inside='
set -eu
templates=$1; here=$PWD; shift
cd /usr/share
mount -t tmpfs -o mode=755 tmpfs /usr/share
mkdir -p /usr/share/.real /usr/share/prometheus/alertmanager
mount -c --bind . /usr/share/.real
cd /usr/share/.real
for each in *; do [ "$each" = prometheus ] || ln -s ".real/$each" /usr/share/; done
if [ -d prometheus ]; then
  for each in prometheus/*; do [ ! -e "$each" ] || [ "$each" = prometheus/alertmanager ] || ln -s "../.real/$each" /usr/share/prometheus/; done
fi
cp "$templates"/*.tmpl /usr/share/prometheus/alertmanager/
cd "$here"
exec "$@"
'
if [ "$(id -u)" = 0 ]; then spaces=-m; else spaces=-Urm; fi
if ! problem=$(unshare $spaces sh -c "$inside" alertmanager "$templates" true 2>&1); then
  echo "alertmanager: $program is Debian's build and finds no templates in $home, which cannot be put there for it without root ($problem): run 'apt-get install prometheus-alertmanager', put an upstream alertmanager on PATH, or copy $templates/*.tmpl to $home." >&2
  exit 78
fi
[ -z "$check" ] || exit 0
exec unshare $spaces sh -c "$inside" alertmanager "$templates" "$program" "$@"
