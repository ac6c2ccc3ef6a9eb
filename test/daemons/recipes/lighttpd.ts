import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "lighttpd"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/sbin/lighttpd", ${forking ? '' : '"-D", '}"-f", "${path(forking ? 'bg.conf' : 'fg.conf')}"]
${forking ? `pidfile = "${path('lighttpd.pid')}"` : ''}
config-test = ["/usr/sbin/lighttpd", "-tt", "-f", "${path(forking ? 'bg.conf' : 'fg.conf')}"]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "USR1"
wait = true
`

/** At its end it empties the pidfile, which it may not remove. A second start beside a running one destroys it. */
export const lighttpd: Recipe = {
  name: 'lighttpd',
  packages: ['lighttpd'],
  programs: ['/usr/sbin/lighttpd'],
  config: 'common.conf',
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('www')
    write(
      'common.conf',
      `server.modules = ()
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${path('www')}"
server.username = "www-data"
server.groupname = "www-data"
`,
    )
    write('fg.conf', `include "${path('common.conf')}"\n`)
    write('bg.conf', `include "${path('common.conf')}"\nserver.pid-file = "${path('lighttpd.pid')}"\n`)
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('lighttpd.pid'), text: 'line', owner: 'root', atExit: 'left' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid' },
  },
}
