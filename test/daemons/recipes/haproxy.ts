import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, type: string, ...mode: readonly string[]): string => `
description = "HAProxy in master-worker mode: only this mode can reload"
type = "${type}"
command = ["/usr/sbin/haproxy", ${mode.map((word) => `"${word}"`).join(', ')}, "-f", "${path('haproxy.cfg')}"]
${type === 'forking' ? `pidfile = "${path('haproxy.pid')}"` : ''}
config-test = ["/usr/sbin/haproxy", "-c", "-q", "-f", "${path('haproxy.cfg')}"]

[start]
ready = ${type === 'notify' ? '{ notify = true }' : `{ http = "http://127.0.0.1:${port}/" }`}

[reload]
signal = "USR2"
wait = true
`

/** A second start really runs a second copy (SO_REUSEPORT) and takes the pidfile over. */
export const haproxy: Recipe = {
  name: 'haproxy',
  packages: ['haproxy'],
  programs: ['/usr/sbin/haproxy'],
  config: 'haproxy.cfg',
  prepare: ({ port, write }) => {
    write(
      'haproxy.cfg',
      `global
  user haproxy
  group haproxy
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend f
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string ok
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, 'forking', '-W', '-D', '-p', place.path('haproxy.pid')),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('haproxy.pid'), text: 'line', owner: 'root', atExit: 'left' },
    },
    simple: { definition: (place) => definition(place, 'simple', '-W', '-db'), reload: 'keeps-pid' },
    notify: { definition: (place) => definition(place, 'notify', '-Ws', '-db'), reload: 'keeps-pid' },
  },
}
