import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, type: string): string => `
description = "BIND"
type = "${type}"
command = ["/usr/sbin/named", "-4", "-n", "1", ${type === 'forking' ? '' : '"-f", '}"-u", "bind", "-c", "${path('named.conf')}"]
${type === 'forking' ? `pidfile = "${path('run/named.pid')}"\nexecutable = "/usr/sbin/named"` : ''}
config-test = ["/usr/bin/named-checkconf", "${path('named.conf')}"]

[start]
ready = ${type === 'notify' ? '{ notify = true }' : `{ tcp = "127.0.0.1:${port}" }`}

[reload]
signal = "HUP"
`

export const named: Recipe = {
  name: 'named',
  packages: ['bind9'],
  programs: ['/usr/sbin/named', '/usr/bin/named-checkconf'],
  config: 'named.conf',
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('run', { owner: 'bind' })
    write(
      'named.conf',
      `options {
  directory "${path('run')}";
  pid-file "${path('run/named.pid')}";
  session-keyfile "${path('run/session.key')}";
  managed-keys-directory "${path('run')}";
  listen-on port ${port} { 127.0.0.1; };
  recursion no;
  dnssec-validation no;
};
controls { };
zone "." { type primary; file "${path('root.zone')}"; };
`,
    )
    write(
      'root.zone',
      '$TTL 60\n@ SOA localhost. root.localhost. 1 60 60 60 60\n@ NS localhost.\nlocalhost. A 127.0.0.1\n',
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, 'forking'),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('run/named.pid'), text: 'line', owner: 'bind', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, 'simple'), reload: 'keeps-pid' },
  },
}
