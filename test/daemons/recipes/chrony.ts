import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path }: Place, forking: boolean): string => `
description = "chrony, which does not touch the clock here (-x); it dies of HUP"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/sbin/chronyd", "-x", ${forking ? '' : '"-d", '}"-u", "root", "-f", "${path('chrony.conf')}"]
${forking ? `pidfile = "${path('chrony.pid')}"` : ''}
config-test = ["/usr/sbin/chronyd", "-p", "-f", "${path('chrony.conf')}"]

[start]
ready = { file = "${path('chrony.pid')}" }

[reload]
signal = "none"
`

/** Refuses to start beside any live PID in its pidfile. */
export const chrony: Recipe = {
  name: 'chrony',
  packages: ['chrony'],
  programs: ['/usr/sbin/chronyd'],
  config: 'chrony.conf',
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('run', { mode: 0o700 })
    write(
      'chrony.conf',
      `bindaddress 127.0.0.1
port ${port}
cmdport 0
bindcmdaddress ${path('run/chronyd.sock')}
pidfile ${path('chrony.pid')}
allow 127.0.0.1
local stratum 10
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'none',
      pidfile: { path: ({ path }) => path('chrony.pid'), text: 'line', owner: 'root', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'none' },
  },
}
