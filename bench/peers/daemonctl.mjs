import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** Ourselves: `daemonctl watch` does what a supervisor does. */
export default {
  name: 'daemonctl',
  needs: [],
  version: [process.execPath, cli, '--version'],
  respawns: true,
  async open({ directory, environment, count, daemon, launch }) {
    const tables = Array.from(
      { length: count },
      (_, index) => `[daemons.d${index}]
command = ${JSON.stringify(daemon(index))}
log = { stdout = "null" }
respawn = { policy = "always", burst = 1000000, interval = "1s", delay = "1ms", reset-after = "1ms" }
`,
    )
    writeFileSync(`${directory}/daemonctl.toml`, tables.join('\n'))
    const env = { ...environment }
    for (const kind of ['CONFIG', 'RUNTIME', 'STATE', 'LOG', 'CACHE']) {
      env[`DAEMONCTL_${kind}_DIR`] = `${directory}/${kind.toLowerCase()}`
    }
    const command = (...words) => ({ argv: [process.execPath, cli, ...words], cwd: directory, env })
    const args = [cli, 'watch', '--quiet', '--ready-fd', '3']
    let watcher
    return {
      start: (index) => command('start', '--quiet', `d${index}`),
      stop: (index) => command('stop', '--quiet', `d${index}`),
      status: (index) => command('status', `d${index}`),
      startAll: () => command('start', '--all', '--quiet'),
      statusAll: () => command('status', '--all'),
      stopAll: () => command('stop', '--all', '--quiet'),
      async supervise() {
        if (watcher !== undefined) return
        watcher = launch(process.execPath, args, env)
        await once(watcher.stdio[3], 'data')
      },
      pids: () => (watcher === undefined ? [] : [watcher.pid]),
      async close() {
        if (watcher === undefined) return
        watcher.kill('SIGTERM')
        await once(watcher, 'exit')
      },
    }
  },
}
