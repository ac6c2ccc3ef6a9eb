import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "rsync as a daemon; it dies of HUP"
type = "${forking ? 'forking' : 'simple'}"
command = [
  "/usr/bin/rsync", "--daemon", ${forking ? '' : '"--no-detach", '}"--config", "${path(forking ? 'bg.conf' : 'fg.conf')}",
]
${forking ? `pidfile = "${path('rsync.pid')}"` : ''}

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "none"
`

export const rsync: Recipe = {
  name: 'rsync',
  packages: ['rsync'],
  programs: ['/usr/bin/rsync'],
  prepare: ({ makeDirectory, path, port, write }) => {
    const common = `address = 127.0.0.1\nport = ${port}\nlog file = ${path('log')}\n`
    const module = `[m]\npath = ${makeDirectory('srv')}\n`
    write('bg.conf', `${common}pid file = ${path('rsync.pid')}\n${module}`)
    write('fg.conf', `${common}${module}`)
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'none',
      pidfile: { path: ({ path }) => path('rsync.pid'), text: 'line', owner: 'root', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'none' },
  },
}
