import { expect, test } from 'vitest'
import { pidfileOfScript } from '../../../src/decide/conform/script-pidfile.ts'

/** As they stand in scripts of Debian and of Red Hat. */
const SAYING: readonly (readonly [string, string])[] = [
  ['PIDFILE=/var/run/crond.pid', '/var/run/crond.pid'],
  ['# chkconfig: 2345 80 20\n# pidfile: /var/run/x/x.pid', '/var/run/x/x.pid'],
  ['NAME=demod\nPIDFILE=/run/$NAME/${NAME}.pid', '/run/demod/demod.pid'],
  ['NAME="redis-server"\nPIDFILE="/run/redis/${NAME}.pid"', '/run/redis/redis-server.pid'],
  ['PIDFILE=${PIDFILE-/run/a.pid}', '/run/a.pid'],
  ['pidfile=${PIDFILE:-/run/a.pid}', '/run/a.pid'],
  [': ${PIDFILE:=/run/b.pid}', '/run/b.pid'],
  ['export PIDFILE=/run/c.pid; other', '/run/c.pid'],
  ['start-stop-daemon --start --quiet --pidfile /run/sshd.pid --exec /usr/sbin/sshd', '/run/sshd.pid'],
  ['start-stop-daemon --start --pidfile=/run/d.pid', '/run/d.pid'],
  ["DIR='/run/e'\nstart-stop-daemon -S -p $DIR/e.pid", '/run/e/e.pid'],
  ['PID=$(cat /etc/nginx/nginx.conf | head -n1)\nif [ -z "$PID" ]; then\n\tPID=/run/g.pid\nfi', '/run/g.pid'],
  ['MY_PID_FILE=/run/f.pid', '/run/f.pid'],
]

test.each(SAYING)('%j', (text, path) => {
  expect(pidfileOfScript(`#!/bin/sh\n${text}\nexit 0\n`)).toBe(path)
})

test.each([
  'exit 0',
  'PIDFILE=$(cat /etc/x.conf)',
  'PIDFILE=`which x`',
  'PIDFILE=relative.pid',
  'PIDFILE=$UNHEARD_OF/x.pid',
  'PIDFILE=$PIDFILE',
  'A=$B\nB=$A\nPIDFILE=/run/$A',
  'PIDFILE=',
  'PIDFILE=/dev/null',
  'mkdir -p "$dir"',
])('%j does not say it', (text) => {
  expect(pidfileOfScript(`#!/bin/sh\n${text}\n`)).toBeUndefined()
})
