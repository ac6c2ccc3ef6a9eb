import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "Varnish: a manager and its cache process"
type = "${forking ? 'forking' : 'simple'}"
command = [
  "/usr/sbin/varnishd", ${forking ? '' : '"-F", '}"-a", "127.0.0.1:${port}", "-T", "none", "-b", "none", "-n", "${path('n')}",
  "-P", "${path('varnish.pid')}", "-s", "malloc,8m",
]
${forking ? `pidfile = "${path('varnish.pid')}"` : ''}

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "none"
`

export const varnish: Recipe = {
  name: 'varnish',
  packages: ['varnish'],
  programs: ['/usr/sbin/varnishd'],
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'none',
      pidfile: { path: ({ path }) => path('varnish.pid'), text: 'bare', owner: 'root', atExit: 'left' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'none' },
  },
}
