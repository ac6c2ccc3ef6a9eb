import { rmSync } from 'node:fs'
import type { Place, Recipe } from '../recipe.ts'

/** Names squid's shared memory and its kid's socket; unique among tests that run at once. */
const serviceName = ({ port }: Place): string => `t${port}`

const definition = (place: Place, type: string, ...mode: readonly string[]): string => `
description = "Squid: a master and its kid"
type = "${type}"
command = [
  "/usr/sbin/squid", "-n", "${serviceName(place)}", ${mode.map((word) => `"${word}", `).join('')}
  "-f", "${place.path('squid.conf')}",
]
${type === 'forking' ? `pidfile = "${place.path('squid.pid')}"` : ''}
config-test = ["/usr/sbin/squid", "-n", "${serviceName(place)}", "-k", "parse", "-f", "${place.path('squid.conf')}"]

[start]
ready = ${type === 'notify' ? '{ notify = true }' : `{ tcp = "127.0.0.1:${place.port}" }`}

[stop]
schedule = "TERM/15/KILL/5"

[reload]
signal = "HUP"
wait = ${type !== 'notify'}
`

/** Its start command ends before the port is open. After kill -9 of the master the kid serves on, and squid refuses to start. */
export const squid: Recipe = {
  name: 'squid',
  packages: ['squid'],
  programs: ['/usr/sbin/squid'],
  config: 'squid.conf',
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('var', { owner: 'proxy' })
    write(
      'squid.conf',
      `http_port 127.0.0.1:${port}
pid_filename ${path('squid.pid')}
cache_log ${path('var/cache.log')}
access_log none
coredump_dir ${path('var')}
cache_effective_user proxy
visible_hostname localhost
cache_mem 8 MB
shutdown_lifetime 1 second
pinger_enable off
netdb_filename none
icp_port 0
dns_nameservers 127.0.0.1
http_access deny all
`,
    )
  },
  cleanUp: (place) => {
    for (const part of ['metadata', 'queues', 'readers']) {
      rmSync(`/dev/shm/${serviceName(place)}-cf__${part}.shm`, { force: true })
    }
  },
  forms: {
    forking: {
      definition: (place) => definition(place, 'forking'),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('squid.pid'), text: 'line', owner: 'root', atExit: 'removed' },
      orphansAfterKill9: true,
    },
    simple: { definition: (place) => definition(place, 'simple', '-N'), reload: 'keeps-pid' },
    notify: {
      definition: (place) => definition(place, 'notify', '--foreground'),
      reload: 'keeps-pid',
      orphansAfterKill9: true,
    },
  },
}
