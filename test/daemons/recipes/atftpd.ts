import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "atftpd: UDP only; it dies of HUP"
type = "${forking ? 'forking' : 'simple'}"
command = [
  "/usr/sbin/atftpd", "--daemon", ${forking ? '' : '"--no-fork", '}"--bind-address", "127.0.0.1", "--port", "${port}",
  "--pidfile", "${path('run/atftpd.pid')}", "--user", "nobody.nogroup", "--logfile", "${path('run/log')}", "${path('srv')}",
]
${forking ? `pidfile = "${path('run/atftpd.pid')}"\nexecutable = "/usr/sbin/atftpd"` : ''}

[start]
ready = { delay = "300ms" }

[reload]
signal = "none"
`

export const atftpd: Recipe = {
  name: 'atftpd',
  packages: ['atftpd'],
  programs: ['/usr/sbin/atftpd'],
  prepare: ({ makeDirectory }) => {
    makeDirectory('run', { owner: 'nobody' })
    makeDirectory('srv')
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'none',
      pidfile: { path: ({ path }) => path('run/atftpd.pid'), text: 'line', owner: 'nobody', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'none' },
  },
}
