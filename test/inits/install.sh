#!/bin/sh
# Installs what the tests with real inits need (Debian 12): shells and linters from packages; inits, of which only one
# can be installed, unpacked into directories of their own. Run as root; a second run changes nothing.
set -eu

layers=/var/cache/daemonctl-tests/inits
packages='busybox posh ksh93u+m mksh yash zsh shellcheck devscripts lintian logrotate gcc libc6-dev libplist-utils'

run() {
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    echo "inits: failed: $*" >&2
    exit 1
  fi
  rm -f "$log"
}

missing=
for package in $packages; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
updated=
update() {
  [ -n "$updated" ] || run apt-get -qq -o Acquire::Retries=3 update
  updated=yes
}
export DEBIAN_FRONTEND=noninteractive
if [ -n "$missing" ]; then
  update
  # shellcheck disable=SC2086 # a list of words
  run apt-get -qq -y -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold --no-install-recommends install $missing
fi

# layer NAME PACKAGE...: unpacks packages as a layer for a root whose /bin and /sbin are links into /usr.
layer() {
  target=$layers/$1
  shift
  [ ! -e "$target.done" ] || return 0
  update
  rm -rf "$target" "$target.packages"
  mkdir -p "$target" "$target.packages"
  # apt gives up root to download, to a user who may not write here.
  (cd "$target.packages" && run apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 download "$@")
  for file in "$target.packages"/*.deb; do dpkg-deb -x "$file" "$target"; done
  for directory in bin sbin lib lib64; do
    [ -d "$target/$directory" ] || continue
    mkdir -p "$target/usr/$directory"
    cp -a "$target/$directory/." "$target/usr/$directory/"
    rm -rf "${target:?}/$directory"
  done
  rm -rf "$target/run" "$target/var/run" "$target.packages"
  : >"$target.done"
}

layer sysvinit sysvinit-core initscripts insserv startpar sysv-rc bootlogd
layer openrc openrc librc1 libeinfo1
layer runit runit runit-init
layer s6 s6 execline libskarnet2.13 libexecline2.9 libs6-2.11
echo 'inits: all is installed'
