import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

export default {
  name: 'pm2',
  needs: ['pm2'],
  respawns: true,
  async open({ directory, environment, count, daemon }) {
    const env = { ...environment, PM2_HOME: `${directory}/pm2` }
    const pm2 = (...words) => ({ argv: ['pm2', ...words], cwd: directory, env })
    const apps = Array.from({ length: count }, (_, index) => {
      const [script, ...args] = daemon(index)
      const quiet = { out_file: '/dev/null', error_file: '/dev/null', min_uptime: 100, max_restarts: 1_000_000 }
      return { name: `d${index}`, script, args, exec_interpreter: 'none', exec_mode: 'fork', ...quiet }
    })
    const file = `${directory}/apps.json`
    writeFileSync(file, JSON.stringify({ apps }))
    const run = (...words) => spawnSync('pm2', words, { cwd: directory, env, stdio: 'ignore' })
    run('ping')
    const god = Number(readFileSync(`${directory}/pm2/pm2.pid`, 'utf8'))
    return {
      start: (index) => pm2('start', file, '--only', `d${index}`),
      stop: (index) => pm2('stop', `d${index}`),
      status: (index) => pm2('pid', `d${index}`),
      startAll: () => pm2('start', file),
      statusAll: () => pm2('list'),
      stopAll: () => pm2('stop', 'all'),
      pids: () => [god],
      async close() {
        run('kill')
      },
    }
  },
}
