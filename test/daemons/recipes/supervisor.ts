import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "supervisord with one child, which outlives a kill -9 of it"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/bin/supervisord", ${forking ? '' : '"-n", '}"-c", "${path('supervisord.conf')}"]
${forking ? `pidfile = "${path('supervisord.pid')}"` : ''}

[start]
ready = { command = ["/usr/bin/supervisorctl", "-s", "http://127.0.0.1:${port}", "status", "child"] }

[stop]
schedule = "TERM/15/KILL/5"

[reload]
signal = "HUP"
wait = true
`

/**
 * Its program file is python3. It starts its child a second after itself; a signal in that moment may be lost, and the
 * stop takes stopwaitsecs more. HUP makes it execute itself anew, with the same PID.
 */
export const supervisor: Recipe = {
  name: 'supervisor',
  packages: ['supervisor'],
  programs: ['/usr/bin/supervisord', '/usr/bin/supervisorctl'],
  prepare: ({ path, port, write }) => {
    write(
      'supervisord.conf',
      `[supervisord]
pidfile=${path('supervisord.pid')}
logfile=${path('log')}
[inet_http_server]
port=127.0.0.1:${port}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:child]
command=/bin/sleep 86400
directory=${path('')}
startsecs=0
stopwaitsecs=3
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('supervisord.pid'), text: 'line', owner: 'root', atExit: 'removed' },
      orphansAfterKill9: true,
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid', orphansAfterKill9: true },
  },
}
