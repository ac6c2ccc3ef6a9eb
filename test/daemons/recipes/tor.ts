import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "Tor, without network: only its control port is open"
type = "${forking ? 'forking' : 'simple'}"
command = [
  "/usr/bin/tor", "--defaults-torrc", "/dev/null", "-f", "${path('torrc')}",
  ${forking ? `"--RunAsDaemon", "1", "--PidFile", "${path('data/tor.pid')}"` : '"--RunAsDaemon", "0"'},
]
${forking ? `pidfile = "${path('data/tor.pid')}"\nexecutable = "/usr/bin/tor"` : ''}
config-test = [
  "/usr/bin/tor", "--defaults-torrc", "/dev/null", "-f", "${path('torrc')}", "--verify-config", "--hush",
]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "HUP"
`

export const tor: Recipe = {
  name: 'tor',
  packages: ['tor'],
  programs: ['/usr/bin/tor'],
  config: 'torrc',
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('data', { owner: 'debian-tor', mode: 0o700 })
    write(
      'torrc',
      `DisableNetwork 1
SocksPort 0
ControlPort 127.0.0.1:${port}
CookieAuthentication 1
User debian-tor
DataDirectory ${path('data')}
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('data/tor.pid'), text: 'line', owner: 'debian-tor', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid' },
  },
}
