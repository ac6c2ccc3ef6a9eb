import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "Net-SNMP's agent: UDP only"
type = "${forking ? 'forking' : 'simple'}"
command = [
  "/usr/sbin/snmpd", ${forking ? '' : '"-f", '}"-C", "-c", "${path('snmpd.conf')}", "-p", "${path('snmpd.pid')}",
  "-Lf", "${path('log')}", "-u", "Debian-snmp", "udp:127.0.0.1:${port}",
]
${forking ? `pidfile = "${path('snmpd.pid')}"` : ''}

[start]
ready = { command = ["/bin/grep", "-q", "NET-SNMP version", "${path('log')}"] }

[reload]
signal = "HUP"
`

export const snmpd: Recipe = {
  name: 'snmpd',
  packages: ['snmpd'],
  programs: ['/usr/sbin/snmpd'],
  prepare: ({ makeDirectory, path, write }) => {
    makeDirectory('state', { owner: 'Debian-snmp' })
    write('snmpd.conf', `[snmp] persistentDir ${path('state')}\nrocommunity public 127.0.0.1\n`)
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('snmpd.pid'), text: 'line', owner: 'root', atExit: 'left' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid' },
  },
}
