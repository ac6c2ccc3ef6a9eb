import { describe, expect, test } from 'vitest'
import { install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSysvinit } from './machine/machines.ts'

const DEMOD = '/usr/local/sbin/demod'

const FORKING = `description = "A daemon to try init scripts with"
type = "forking"
command = ["${DEMOD}", "-d", "-c", "/etc/demod.conf", "-p", "/run/demod/demod.pid", "-l", "/var/log/demod.log"]
pidfile = "/run/demod/demod.pid"
user = "demod"
config-test = ["${DEMOD}", "-c", "/etc/demod.conf", "-t"]
[log]
stdout = "/var/log/demod.log"
[stop]
schedule = "TERM/5/KILL/5"`

const SIMPLE = FORKING.replace('type = "forking"', 'type = "simple"').replace(
  '"-d", "-c", "/etc/demod.conf", "-p", "/run/demod/demod.pid"',
  '"-c", "/etc/demod.conf"',
)

/** As a login does not: without an environment, without a terminal. */
const calls = (shell: string, words: string, output = '/tmp/output'): string =>
  `env -i LANG=C TERM=dumb ${shell} /etc/init.d/demod ${words} </dev/null >${output} 2>&1 3>&-`

/**
 * What LSB asks of an init script, and what befalls one: each step with what it must give. `$P` is the main PID that
 * the last step has left in the pidfile.
 */
const MATRIX: readonly (readonly [string, string, number])[] = [
  ['status, stopped', 'CALL status', 3],
  ['stop, stopped', 'CALL stop', 0],
  ['reload, stopped', 'CALL reload', 7],
  ['force-reload, stopped', 'CALL force-reload', 0],
  ['try-restart, stopped', 'CALL try-restart', 0],
  ['condrestart, stopped', 'CALL condrestart', 0],
  ['none of these has started it', '! pgrep -x demod', 0],
  ['start', 'CALL start', 0],
  ['it runs', 'kill -s 0 $P', 0],
  ['as its user', '[ "$(stat -c %U /proc/$P)" = demod ]', 0],
  ['in /', '[ "$(readlink /proc/$P/cwd)" = / ]', 0],
  ['without what its caller had open', '! ls -l /proc/$P/fd | grep -q /tmp/output', 0],
  ['status, running', 'CALL status', 0],
  ['start, running', 'OLD=$P; CALL start && [ $P = $OLD ]', 0],
  ['reload', 'CALL reload', 0],
  ['it has reloaded', 'soon "grep -q reloaded /var/log/demod.log"', 0],
  ['force-reload', 'OLD=$P; CALL force-reload && [ $P = $OLD ]', 0],
  ['restart', 'OLD=$P; CALL restart && [ $P != $OLD ] && ! kill -s 0 $OLD', 0],
  ['try-restart', 'OLD=$P; CALL try-restart && [ $P != $OLD ]', 0],
  ['condrestart', 'OLD=$P; CALL condrestart && [ $P != $OLD ]', 0],
  ['configtest', 'CALL configtest', 0],
  ['configtest, bad', 'echo bad >/etc/demod.conf; CALL configtest', 6],
  ['restart with a bad configuration', 'CALL restart', 6],
  ['reload with a bad configuration', 'CALL reload', 6],
  ['it still runs', 'kill -s 0 $P', 0],
  ['stop with a bad configuration', 'CALL stop', 0],
  ['it has ended', '! kill -s 0 $P', 0],
  ['start with a bad configuration', 'CALL start', 6],
  ['status, not started', 'echo ok >/etc/demod.conf; CALL status', 3],
  ['killed', 'CALL start; kill -s KILL $P; soon "! kill -s 0 $P"; CALL status', 1],
  ['reload, dead', 'CALL reload', 7],
  ['start over a stale pidfile', 'CALL start && kill -s 0 $P', 0],
  ['stop', 'CALL stop', 0],
  ['nothing is left', '[ ! -e /run/demod/demod.pid ] && [ ! -e /run/demod.init ] && ! pgrep -x demod', 0],
  ['status, stopped again', 'CALL status', 3],
  ['a stranger in the pidfile: status', 'sleep 300 & Q=$!; echo $Q >/run/demod/demod.pid; CALL status', 1],
  ['a stranger in the pidfile: reload', 'CALL reload', 7],
  ['a stranger in the pidfile: stop', 'CALL stop', 0],
  ['the stranger lives', 'kill -s 0 $Q', 0],
  ['start over a stranger', 'echo $Q >/run/demod/demod.pid; CALL start && kill -s 0 $P && [ $P != $Q ]', 0],
  ['stop after that', 'CALL stop && kill -s 0 $Q; r=$?; kill $Q; (exit $r)', 0],
  ['garbage in the pidfile', 'echo garbage >/run/demod/demod.pid; CALL status', 1],
  ['an empty pidfile', ': >/run/demod/demod.pid; CALL status', 1],
  ['PID 1 in the pidfile', 'echo 1 >/run/demod/demod.pid; CALL status', 1],
  ['our own PID in the pidfile', 'echo $$ >/run/demod/demod.pid; CALL stop', 0],
  ['start over garbage', 'echo -5 >/run/demod/demod.pid; CALL start', 0],
  ['no word', 'CALL', 2],
  ['another word', 'CALL frobnicate', 2],
  ['not root: start', 'AS_NOBODY start', 4],
  ['not root: status', 'AS_NOBODY status', 0],
  ['stopped for what follows', 'CALL stop', 0],
  ['not installed: start', 'mv /usr/local/sbin/demod /usr/local/sbin/x; CALL start', 5],
  ['not installed: status', 'CALL status', 4],
  ['not installed: stop', 'CALL stop; r=$?; mv /usr/local/sbin/x /usr/local/sbin/demod; (exit $r)', 0],
  [
    'settings: more arguments',
    'echo "DAEMON_ARGS=-i STOP_SCHEDULE=\'TERM 1 KILL 5\'" >/etc/default/demod; CALL start',
    0,
  ],
  ['TERM is ignored: KILL', 'CALL stop && ! kill -s 0 $P; r=$?; rm /etc/default/demod; (exit $r)', 0],
  ['two starts at once are one', '(CALL start) & (CALL start) & wait; [ "$(pgrep -cx demod)" = 1 ]', 0],
  ['stop of that', 'CALL stop && ! pgrep -x demod', 0],
  ['a pipe as standard output', "timeout 20 sh -c 'PIPED start | cat' >/dev/null && CALL status && has_no_pipe $P", 0],
  ['a closed standard input', "timeout 20 sh -c 'PIPED restart <&-' && CALL status", 0],
  ['stop at last', 'CALL stop && [ ! -e /var/lock/subsys/demod ]', 0],
]

/** One step as a line of a script, which tells its number and its status. */
const step = (shell: string, [, command]: readonly [string, string, number], index: number): string => `
(exit 0)
P=$(cat /tmp/main 2>/dev/null)
${command
  .replaceAll(/\bCALL\b ?([a-z-]*)/g, '{ call $1; }')
  .replaceAll(
    /AS_NOBODY ([a-z]+)/g,
    `setpriv --reuid=65534 --clear-groups ${shell} /etc/init.d/demod $1 >/dev/null 2>&1`,
  )
  .replaceAll(/PIPED ([a-z]+)/g, `env -i ${shell} /etc/init.d/demod $1`)}
status=$?
echo "${index} $status" >>/tmp/statuses
[ $status = ${MATRIX[index]?.[2]} ] || { echo "== ${index}"; cat /tmp/output; } >>/tmp/wrong`

const script = (shell: string): string => `
mkdir -p /var/lock/subsys
rm -f /tmp/statuses /tmp/wrong; : >/tmp/wrong
call() {
  ${calls(shell, '"$@"')}
  called=$?
  [ ! -s /run/demod/demod.pid ] || cp /run/demod/demod.pid /tmp/main
  P=$(cat /tmp/main 2>/dev/null)
  return $called
}
# Of those that we do not have ourselves.
has_no_pipe() {
  for file in /proc/$1/fd/*; do
    case $(readlink $file) in pipe:*) ls -l /proc/$$/fd | grep -qF "$(readlink $file)" || return 1 ;; esac
  done
}
soon() { for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do if eval "$1"; then return 0; fi; sleep 0.1; done; return 1; }
${MATRIX.map((one, index) => step(shell, one, index)).join('\n')}
`

const SHELLS = [
  'dash',
  'bash',
  'bash --posix',
  'busybox sh',
  'ksh93',
  'posh',
  'mksh',
  'yash -o posixly-correct',
  'zsh --emulate sh',
]

describe.skipIf(skipped)('an init script by the tables of LSB', () => {
  const runs = SHELLS.flatMap((shell) => [
    { shell, kind: 'forking', text: FORKING },
    ...(['dash', 'busybox sh', 'ksh93', 'mksh'].includes(shell) ? [{ shell, kind: 'simple', text: SIMPLE }] : []),
  ])
  test.concurrent.each(runs)('$shell, $kind', { timeout: 240_000 }, async ({ shell, text }) => {
    const machine = await bootSysvinit()
    try {
      await install(machine, 'sysvinit', 'demod', text)
      machine.write('/tmp/matrix', script(shell))
      await machine.finish('sh /tmp/matrix', 200_000)
      const statuses = new Map(
        machine
          .read('/tmp/statuses')
          .trim()
          .split('\n')
          .map((line) => line.split(' ').map(Number) as [number, number]),
      )
      const wrong = MATRIX.flatMap(([what, , wanted], index) =>
        statuses.get(index) === wanted ? [] : [`${what}: ${statuses.get(index)} instead of ${wanted}`],
      )
      expect(wrong, machine.read('/tmp/wrong')).toEqual([])
    } finally {
      await machine.end()
    }
  })
})
