import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "Tinyproxy"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/bin/tinyproxy", ${forking ? '' : '"-d", '}"-c", "${path(forking ? 'bg.conf' : 'fg.conf')}"]
${forking ? `pidfile = "${path('tinyproxy.pid')}"` : ''}

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "${forking ? 'HUP' : 'none'}"
`

/** Its pidfile is 0600. In the foreground it dies of HUP. */
export const tinyproxy: Recipe = {
  name: 'tinyproxy',
  packages: ['tinyproxy'],
  programs: ['/usr/bin/tinyproxy'],
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('log', { owner: 'tinyproxy' })
    const common = `Port ${port}\nListen 127.0.0.1\nUser tinyproxy\nGroup tinyproxy\nMaxClients 4\nAllow 127.0.0.1\n`
    write('bg.conf', `${common}LogFile "${path('log/log')}"\nPidFile "${path('tinyproxy.pid')}"\n`)
    write('fg.conf', common)
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('tinyproxy.pid'), text: 'line', owner: 'root', atExit: 'left' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'none' },
  },
}
