#!/bin/bash
# boot.sh PREPARE INIT [ARGUMENTS]: boots a real init as PID 1 of namespaces of its own (PID, mount, UTS, IPC, network,
# cgroup), on an overlay of this machine's root, which is read-only from then on. Prints the PID that the init has here
# once it runs, and ends with everything in it when the standard input ends.
#
#   PREPARE  a shell script, run inside before the boot
#   ROOT     another root than this machine's
#   LAYER    a directory that is laid over the root first
#   SHARE    a directory that is seen inside at the same path, read-only
#
# The init may not reboot, set the clock, load modules or make devices; sysctls are read-only; there is no block device.
set -euo pipefail
prepare=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/daemonctl-inits.XXXXXX")
unified=$(findmnt -rno TARGET -t cgroup2 | head -n 1)
cgroup=$unified/daemonctl-inits-$$
unshared='' init=''

clean_up() {
  set +e
  [ -z "$init" ] || kill -s KILL "$init" 2>/dev/null
  # It waits for its child with its ears closed to anything gentler.
  [ -z "$unshared" ] || { kill -s KILL "$unshared" && wait "$unshared"; } 2>/dev/null
  for _ in $(seq 60); do
    [ -d "$cgroup" ] || break
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
    sleep 0.05
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' HUP INT TERM

mkdir "$cgroup" "$work/root" "$work/layer"
: >"$work/console"
export work cgroup prepare ROOT="${ROOT:-/}" LAYER="${LAYER:-}" SHARE="${SHARE:-}"
export WITHOUT=-sys_boot,-sys_time,-sys_module,-sys_rawio,-mknod,-mac_admin,-mac_override,-syslog,-audit_control,-bpf,-perfmon

cat >"$work/inside.sh" <<'INSIDE'
set -e
mount --make-rprivate /
echo 0 >"$cgroup/cgroup.procs"
mount --bind "$work" "$work"
mount -t tmpfs -o mode=755 tmpfs "$work/layer"
mkdir "$work/layer/upper" "$work/layer/work"
mount -o remount,bind,ro /
root=$work/root
mount -t overlay -o lowerdir="$ROOT",upperdir="$work/layer/upper",workdir="$work/layer/work" overlay "$root"
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
: >"$root/dev/console"
mount --bind "$work/console" "$root/dev/console"
if [ -n "$SHARE" ]; then
  chroot "$root" mkdir -p "$SHARE"
  mount --bind "$SHARE" "$root$SHARE"
  mount -o remount,bind,ro "$root$SHARE"
fi
# Laid over with the tools of the root inside, so that a link that leads out leads nowhere else.
if [ -n "$LAYER" ]; then
  tar -C "$LAYER" -c . | chroot "$root" tar -x -C / --no-same-owner --keep-directory-symlink --overwrite
fi
mkdir -p "$root/run/lock"
hostname inits
ip link set lo up 2>/dev/null || :
# shellcheck disable=SC2154
chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SHARE="$SHARE" sh -e -c "$prepare"
exec unshare --cgroup setpriv --bounding-set="$WITHOUT" bash -c '
  set -e
  root=$1
  shift
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
  cd "$root"
  mkdir -p .before
  pivot_root . .before
  umount -l /.before
  rmdir /.before
  : >/.booted
  exec env -i container=daemonctl-inits PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
    "$@" </dev/null >/dev/console 2>&1
' _ "$root" "$@"
INSIDE

unshare --pid --fork --kill-child --mount --ipc --uts --net bash "$work/inside.sh" "$@" 2>"$work/errors" </dev/null &
unshared=$!
for _ in $(seq 600); do
  init=''
  read -r init _ 2>/dev/null <"/proc/$unshared/task/$unshared/children" || :
  [ -z "$init" ] || [ ! -e "/proc/$init/root/.booted" ] || break
  if [ ! -d "/proc/$unshared" ]; then
    init=''
    break
  fi
  sleep 0.05
done
if [ -z "$init" ] || [ ! -e "/proc/$init/root/.booted" ]; then
  echo 'the init did not boot:' >&2
  cat "$work/errors" "$work/console" >&2
  exit 1
fi
echo "$init $work/console"
cat >/dev/null
