import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "Unbound, a DNS resolver"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/sbin/unbound", ${forking ? '' : '"-d", '}"-c", "${path('unbound.conf')}"]
${forking ? `pidfile = "${path('unbound.pid')}"` : ''}
config-test = ["/usr/sbin/unbound-checkconf", "${path('unbound.conf')}"]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "HUP"
wait = true
`

/** A second start really runs a second copy (SO_REUSEPORT) and takes the pidfile over. */
export const unbound: Recipe = {
  name: 'unbound',
  packages: ['unbound'],
  programs: ['/usr/sbin/unbound', '/usr/sbin/unbound-checkconf'],
  config: 'unbound.conf',
  prepare: ({ directory, path, port, write }) => {
    write(
      'unbound.conf',
      `server:
  username: "unbound"
  chroot: ""
  directory: "${directory}"
  pidfile: "${path('unbound.pid')}"
  interface: 127.0.0.1
  port: ${port}
  do-ip6: no
  use-syslog: no
  logfile: ""
  module-config: "iterator"
remote-control:
  control-enable: no
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('unbound.pid'), text: 'line', owner: 'root', atExit: 'left' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid' },
  },
}
