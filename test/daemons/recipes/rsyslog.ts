import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "rsyslog"
type = "${forking ? 'forking' : 'simple'}"
command = [
  "/usr/sbin/rsyslogd", ${forking ? '' : '"-n", '}"-f", "${path('rsyslog.conf')}", "-i", "${forking ? path('rsyslog.pid') : 'NONE'}",
]
${forking ? `pidfile = "${path('rsyslog.pid')}"` : ''}
config-test = ["/usr/sbin/rsyslogd", "-N1", "-f", "${path('rsyslog.conf')}"]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "HUP"
`

/** Refuses to start beside any live PID in its pidfile, which it writes without a line end. */
export const rsyslog: Recipe = {
  name: 'rsyslog',
  packages: ['rsyslog'],
  programs: ['/usr/sbin/rsyslogd'],
  config: 'rsyslog.conf',
  prepare: ({ directory, path, port, write }) => {
    write(
      'rsyslog.conf',
      `global(workDirectory="${directory}")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="${port}")
action(type="omfile" file="${path('all.log')}")
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('rsyslog.pid'), text: 'bare', owner: 'root', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid' },
  },
}
