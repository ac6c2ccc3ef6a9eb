import { once } from 'node:events'
import { writeFileSync } from 'node:fs'

export default {
  name: 'supervisord',
  needs: ['supervisord', 'supervisorctl'],
  version: ['supervisord', '--version'],
  respawns: true,
  async open({ directory, environment: env, count, daemon, launch, until }) {
    const file = `${directory}/supervisord.conf`
    const programs = Array.from(
      { length: count },
      (_, index) => `[program:d${index}]
command=${daemon(index).join(' ')}
autostart=false
autorestart=true
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`,
    )
    writeFileSync(
      file,
      `[unix_http_server]
file=${directory}/sock
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=${directory}/supervisord.pid
minfds=8192
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${directory}/sock
${programs.join('')}`,
    )
    const server = launch('supervisord', ['-c', file])
    const ctl = (...words) => ({ argv: ['supervisorctl', '-c', file, ...words], cwd: directory, env })
    await until(`${directory}/sock`)
    return {
      start: (index) => ctl('start', `d${index}`),
      stop: (index) => ctl('stop', `d${index}`),
      status: (index) => ctl('status', `d${index}`),
      startAll: () => ctl('start', 'all'),
      statusAll: () => ctl('status'),
      stopAll: () => ctl('stop', 'all'),
      pids: () => [server.pid],
      async close() {
        server.kill('SIGTERM')
        await once(server, 'exit')
      },
    }
  },
}
