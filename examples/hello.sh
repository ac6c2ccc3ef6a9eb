#!/bin/sh
# hello: a small daemon that behaves. It greets its log every few seconds, and shows what a program has to do to be
# easy to control: it stays in the foreground, writes to its standard output, tests its configuration when asked
# (--check), reads it again on HUP, and on TERM ends at once with exit status 0. It needs a POSIX shell and no more.

set -u
configuration=${0%/*}/hello.conf
greeting=hello
every=5

# One line with the time, as logs have it.
say() {
  printf '%s %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$1"
}

# A configuration that cannot be read changes nothing: the old one stays.
configure() {
  if sh -n "$configuration"; then . "$configuration"; else say 'bad configuration: the old one stays'; fi
}

# Ends what it has started itself, and goes.
finish() {
  kill "$nap" 2>/dev/null
  say goodbye
  exit 0
}

if [ "${1:-}" = --check ]; then
  exec sh -n "$configuration"
fi

nap=
trap finish TERM INT
trap 'say "reading the configuration again"; configure' HUP

configure
say "ready as process $$"
while :; do
  say "$greeting"
  # A shell runs its traps between commands; "wait" is cut short by a signal, "sleep" is not.
  sleep "$every" &
  nap=$!
  wait "$nap"
  kill "$nap" 2>/dev/null
done
