import type { Recipe } from '../recipe.ts'

const PIDFILE = '/run/crond.pid'

const tables = `
[start]
settle = "200ms"

[stop]
kill-mode = "main"

[reload]
signal = "HUP"
`

/** Its pidfile is compiled in and locked: one cron a host. Running jobs are not its to end, hence kill-mode "main". */
export const cron: Recipe = {
  name: 'cron',
  packages: ['cron'],
  programs: ['/usr/sbin/cron'],
  exclusive: { name: 'cron', pidfile: PIDFILE },
  forms: {
    forking: {
      definition: () => `
description = "cron, daemonizing"
type = "forking"
command = ["/usr/sbin/cron"]
pidfile = "${PIDFILE}"
${tables}`,
      reload: 'keeps-pid',
      pidfile: { path: () => PIDFILE, text: 'line', owner: 'root', atExit: 'left' },
    },
    simple: {
      definition: () => `
description = "cron in the foreground"
type = "simple"
command = ["/usr/sbin/cron", "-f"]
${tables}`,
      reload: 'keeps-pid',
    },
  },
}
