import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** libslack's: one supervisor for each daemon, with --respawn. */
export default {
  name: 'daemon',
  needs: ['daemon'],
  version: ['daemon', '--version'],
  respawns: true,
  async open({ directory, environment: env, count, daemon }) {
    const command = (index, ...words) => ({
      argv: ['daemon', '--name', `d${index}`, '--pidfiles', directory, ...words],
      cwd: directory,
      env,
    })
    const pidOf = (index) => {
      try {
        return Number(readFileSync(`${directory}/d${index}.pid`, 'utf8'))
      } catch {
        return 0
      }
    }
    return {
      start: (index) => command(index, '--respawn', '--unsafe', '--', ...daemon(index)),
      stop: (index) => command(index, '--stop'),
      status: (index) => command(index, '--running'),
      statusAll: () => ({ argv: ['daemon', '--pidfiles', directory, '--list'], cwd: directory, env }),
      pids: () => Array.from({ length: count }, (_, index) => pidOf(index)).filter((pid) => pid > 0),
      async close() {
        for (let index = 0; index < count; index += 1) {
          if (pidOf(index) === 0) continue
          const { argv } = command(index, '--stop')
          spawnSync(argv[0], argv.slice(1), { env, stdio: 'ignore' })
        }
      },
    }
  },
}
