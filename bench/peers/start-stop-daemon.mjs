/** Debian's: it starts, stops and asks, and watches nothing. */
export default {
  name: 'start-stop-daemon',
  needs: ['start-stop-daemon'],
  version: ['start-stop-daemon', '--version'],
  respawns: false,
  async open({ directory, environment: env, daemon }) {
    const pidfile = (index) => ['--pidfile', `${directory}/d${index}.pid`]
    const ssd = (...words) => ({ argv: ['start-stop-daemon', ...words], cwd: directory, env })
    return {
      start(index) {
        const [program, ...words] = daemon(index)
        const how = ['--background', '--make-pidfile', ...pidfile(index), '--exec', program]
        return ssd('--start', '--quiet', ...how, '--', ...words)
      },
      stop: (index) => ssd('--stop', '--quiet', '--retry', 'TERM/5', ...pidfile(index)),
      status: (index) => ssd('--status', ...pidfile(index)),
      pids: () => [],
      async close() {},
    }
  },
}
