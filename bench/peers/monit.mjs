import { once } from 'node:events'
import { writeFileSync } from 'node:fs'

/** It looks once a second, the shortest it can; it starts by a command of the user's. */
export default {
  name: 'monit',
  needs: ['monit', 'start-stop-daemon'],
  version: ['monit', '-V'],
  respawns: true,
  /** Its commands return before anything is done, and a second one is refused until then: milliseconds to wait. */
  slow: 2_500,
  async open({ directory, environment: env, count, daemon, launch, until }) {
    const file = `${directory}/monitrc`
    const checks = Array.from({ length: count }, (_, index) => {
      const pidfile = `${directory}/d${index}.pid`
      const [program, ...words] = daemon(index)
      const ssd = `/usr/sbin/start-stop-daemon --pidfile ${pidfile}`
      return `check process d${index} with pidfile ${pidfile}
  start program = "${ssd} --start --quiet --background --make-pidfile --exec ${program} -- ${words.join(' ')}"
  stop program = "${ssd} --stop --quiet --retry TERM/5"
  mode active
  onreboot nostart
`
    })
    writeFileSync(
      file,
      `set daemon 1
set pidfile ${directory}/monit.pid
set idfile ${directory}/monit.id
set statefile ${directory}/monit.state
set httpd unixsocket ${directory}/sock
  allow bench:bench
${checks.join('')}`,
      { mode: 0o600 },
    )
    const server = launch('monit', ['-I', '-c', file])
    const monit = (...words) => ({ argv: ['monit', '-c', file, ...words], cwd: directory, env })
    await until(`${directory}/sock`)
    return {
      start: (index) => monit('start', `d${index}`),
      stop: (index) => monit('stop', `d${index}`),
      status: (index) => monit('summary', `d${index}`),
      startAll: () => monit('start', 'all'),
      statusAll: () => monit('summary'),
      stopAll: () => monit('stop', 'all'),
      pids: () => [server.pid],
      async close() {
        server.kill('SIGTERM')
        await once(server, 'exit')
      },
    }
  },
}
