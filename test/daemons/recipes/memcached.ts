import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "memcached"
type = "${forking ? 'forking' : 'simple'}"
command = [
  "/usr/bin/memcached", "-u", "memcache", "-l", "127.0.0.1", "-p", "${port}", "-U", "0",
  ${forking ? `"-d", "-P", "${path('run/memcached.pid')}",` : ''}
]
${forking ? `pidfile = "${path('run/memcached.pid')}"\nexecutable = "/usr/bin/memcached"` : ''}

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "none"
`

export const memcached: Recipe = {
  name: 'memcached',
  packages: ['memcached'],
  programs: ['/usr/bin/memcached'],
  prepare: ({ makeDirectory }) => {
    makeDirectory('run', { owner: 'memcache' })
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'none',
      pidfile: { path: ({ path }) => path('run/memcached.pid'), text: 'line', owner: 'memcache', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, false), reload: 'none' },
  },
}
