import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'

/** One runsv for each daemon, under runsvdir. */
export default {
  name: 'runit',
  needs: ['runsvdir', 'runsv', 'sv'],
  respawns: true,
  async open({ directory, environment: env, count, daemon, launch, until, childrenOf }) {
    for (let index = 0; index < count; index += 1) {
      const service = `${directory}/sv/d${index}`
      mkdirSync(service, { recursive: true })
      writeFileSync(`${service}/run`, `#!/bin/sh\nexec ${daemon(index).join(' ')}\n`, { mode: 0o755 })
      writeFileSync(`${service}/down`, '')
    }
    const scanner = launch('runsvdir', [`${directory}/sv`])
    for (let index = 0; index < count; index += 1) await until(`${directory}/sv/d${index}/supervise/ok`)
    const all = Array.from({ length: count }, (_, index) => `${directory}/sv/d${index}`)
    const sv = (verb, services) => ({ argv: ['sv', verb, ...services], cwd: directory, env })
    return {
      start: (index) => sv('start', [all[index]]),
      stop: (index) => sv('stop', [all[index]]),
      status: (index) => sv('status', [all[index]]),
      startAll: () => sv('start', all),
      statusAll: () => sv('status', all),
      stopAll: () => sv('stop', all),
      pids: () => [scanner.pid, ...childrenOf(scanner.pid)],
      async close() {
        // HUP: runsvdir tells its runsv to end, and they their daemons.
        scanner.kill('SIGHUP')
        await once(scanner, 'exit')
      },
    }
  },
}
