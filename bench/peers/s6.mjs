import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'

/** One s6-supervise for each daemon. No s6-svscan: it looks for them where they are installed only. */
export default {
  name: 's6',
  needs: ['s6-supervise', 's6-svc', 's6-svstat'],
  respawns: true,
  async open({ directory, environment: env, count, daemon, launch, until }) {
    const service = (index) => `${directory}/scan/d${index}`
    const supervisors = []
    for (let index = 0; index < count; index += 1) {
      mkdirSync(service(index), { recursive: true })
      writeFileSync(`${service(index)}/run`, `#!/bin/sh\nexec ${daemon(index).join(' ')}\n`, { mode: 0o755 })
      writeFileSync(`${service(index)}/down`, '')
      supervisors.push(launch('s6-supervise', [service(index)]))
    }
    for (let index = 0; index < count; index += 1) await until(`${service(index)}/supervise/status`)
    const command = (...argv) => ({ argv, cwd: directory, env })
    return {
      start: (index) => command('s6-svc', '-u', service(index)),
      stop: (index) => command('s6-svc', '-d', service(index)),
      status: (index) => command('s6-svstat', service(index)),
      pids: () => supervisors.map(({ pid }) => pid),
      async close() {
        for (const supervisor of supervisors) {
          // It ends its daemon first.
          supervisor.kill('SIGTERM')
          await once(supervisor, 'exit')
        }
      },
    }
  },
}
