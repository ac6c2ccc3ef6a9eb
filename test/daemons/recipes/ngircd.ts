import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "ngIRCd"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/sbin/ngircd", ${forking ? '' : '"-n", '}"-f", "${path(forking ? 'bg.conf' : 'fg.conf')}"]
${forking ? `pidfile = "${path('run/ngircd.pid')}"\nexecutable = "/usr/sbin/ngircd"` : ''}

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "HUP"
wait = true
`

/** Drops its user before it writes the pidfile (0600), and a moment after its start command has ended. */
export const ngircd: Recipe = {
  name: 'ngircd',
  packages: ['ngircd'],
  programs: ['/usr/sbin/ngircd'],
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('run', { owner: 'irc' })
    const common = `[Global]\nName = irc.example.net\nInfo = test\nListen = 127.0.0.1\nPorts = ${port}\nServerUID = irc\n`
    const options = `[Options]\nPAM = no\nIdent = no\nDNS = no\n`
    write('bg.conf', `${common}PidFile = ${path('run/ngircd.pid')}\n${options}`)
    write('fg.conf', `${common}${options}`)
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('run/ngircd.pid'), text: 'line', owner: 'irc', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid' },
  },
}
