import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "dnsmasq"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/sbin/dnsmasq", ${forking ? '' : '"-k", '}"-C", "${path('dnsmasq.conf')}"]
${forking ? `pidfile = "${path('run/dnsmasq.pid')}"\nexecutable = "/usr/sbin/dnsmasq"` : ''}
config-test = ["/usr/sbin/dnsmasq", "--test", "-C", "${path('dnsmasq.conf')}"]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "HUP"
`

export const dnsmasq: Recipe = {
  name: 'dnsmasq',
  packages: ['dnsmasq-base'],
  programs: ['/usr/sbin/dnsmasq'],
  config: 'dnsmasq.conf',
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('run', { owner: 'dnsmasq' })
    write(
      'dnsmasq.conf',
      `port=${port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
user=dnsmasq
log-facility=${path('run/log')}
pid-file=${path('run/dnsmasq.pid')}
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('run/dnsmasq.pid'), text: 'line', owner: 'dnsmasq', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid' },
  },
}
