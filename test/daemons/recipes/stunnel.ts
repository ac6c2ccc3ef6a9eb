import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "stunnel"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/bin/stunnel4", "${path(forking ? 'bg.conf' : 'fg.conf')}"]
${forking ? `pidfile = "${path('stunnel.pid')}"` : ''}

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "HUP"
wait = true
`

export const stunnel: Recipe = {
  name: 'stunnel',
  packages: ['stunnel4', 'openssl'],
  programs: ['/usr/bin/stunnel4', '/usr/bin/openssl'],
  prepare: ({ path, port, run, write }) => {
    const [key, certificate] = [path('key.pem'), path('cert.pem')]
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2'
    run('/usr/bin/openssl', ...request.split(' '), '-keyout', key, '-out', certificate)
    const service = `[echo]\naccept = 127.0.0.1:${port}\nconnect = 127.0.0.1:1\ncert = ${certificate}\nkey = ${key}\n`
    write('bg.conf', `foreground = no\npid = ${path('stunnel.pid')}\noutput = ${path('log')}\n${service}`)
    write('fg.conf', `foreground = yes\npid =\n${service}`)
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('stunnel.pid'), text: 'line', owner: 'root', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid' },
  },
}
