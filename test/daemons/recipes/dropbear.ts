import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "Dropbear: it dies of HUP, and answers TERM with status 1"
type = "${forking ? 'forking' : 'simple'}"
command = [
  "/usr/sbin/dropbear", ${forking ? '' : '"-F", '}"-E", "-r", "${path('key')}", "-p", "127.0.0.1:${port}",
  "-P", "${path('dropbear.pid')}",
]
${forking ? `pidfile = "${path('dropbear.pid')}"` : ''}

[start]
ready = { tcp = "127.0.0.1:${port}" }

[stop]
kill-mode = "main"

[reload]
signal = "none"
`

export const dropbear: Recipe = {
  name: 'dropbear',
  packages: ['dropbear-bin'],
  programs: ['/usr/sbin/dropbear', '/usr/bin/dropbearkey'],
  prepare: ({ path, run }) => {
    run('/usr/bin/dropbearkey', '-t', 'ed25519', '-f', path('key'))
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'none',
      pidfile: { path: ({ path }) => path('dropbear.pid'), text: 'line', owner: 'root', atExit: 'removed' },
      sessionsOutliveStop: true,
    },
    simple: { definition: (place) => definition(place, false), reload: 'none', sessionsOutliveStop: true },
  },
}
