#!/bin/sh
# Installs the daemons of packages.txt (Debian 12) without letting one of them start.
# Run as root; running it again when all is installed takes a moment and changes nothing.
set -eu

packages=$(cd "$(dirname "$0")" && pwd)/packages.txt
policy=/usr/sbin/policy-rc.d
kept=$policy.kept-by-daemonctl-tests

# A run that was killed has left the host's own policy here.
[ ! -e "$kept" ] || mv "$kept" "$policy"

missing=
while read -r package; do
  case $package in '' | '#'*) continue ;; esac
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done <"$packages"

# Of a large package one program is wanted. Where it cannot be had, the tests that want it say that they are left out.
get_promtool() {
  ! command -v promtool >/dev/null 2>&1 || return 0
  directory=$(mktemp -d)
  chmod 755 "$directory"
  if (cd "$directory" && apt-get -qq -o Acquire::Retries=3 download prometheus && dpkg -x prometheus_*.deb tree) >/dev/null 2>&1; then
    install -m 755 "$directory/tree/usr/bin/promtool" /usr/local/bin/promtool
    echo 'daemons: installed promtool'
  else
    echo 'daemons: promtool cannot be had' >&2
  fi
  rm -rf "$directory"
}

if [ -z "$missing" ]; then
  echo 'daemons: all packages are installed'
  [ "$(id -u)" -ne 0 ] || get_promtool
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "daemons: not root, cannot install:$missing" >&2
  exit 4
fi

log=$(mktemp)
restore() {
  rm -f "$log" "$policy"
  [ ! -e "$kept" ] || mv "$kept" "$policy"
}
trap restore EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
# invoke-rc.d asks policy-rc.d before it starts anything; 101 forbids it.
[ ! -e "$policy" ] || mv "$policy" "$kept"
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

run() {
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "daemons: failed: $*" >&2
    exit 1
  fi
}

export DEBIAN_FRONTEND=noninteractive
run apt-get -qq -o Acquire::Retries=3 update
# shellcheck disable=SC2086 # a list of words
run apt-get -qq -y -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold --no-install-recommends install $missing
echo "daemons: installed$missing"
get_promtool
