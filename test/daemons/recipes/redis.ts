import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, type: string, mode: string): string => `
description = "Redis; its program file is really named redis-check-rdb"
type = "${type}"
user = "redis"
executable = "/usr/bin/redis-server"
command = ["/usr/bin/redis-server", "${path('redis.conf')}", ${mode}]
${type === 'forking' ? `pidfile = "${path('data/redis.pid')}"` : ''}

[start]
ready = ${type === 'notify' ? '{ notify = true }' : `{ command = ["/usr/bin/redis-cli", "-p", "${port}", "ping"] }`}

[reload]
signal = "none"
`

export const redis: Recipe = {
  name: 'redis',
  packages: ['redis-server'],
  programs: ['/usr/bin/redis-server', '/usr/bin/redis-cli'],
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('data', { owner: 'redis' })
    write('redis.conf', `bind 127.0.0.1\nport ${port}\ndir ${path('data')}\nsave ""\n`)
  },
  forms: {
    forking: {
      definition: (place) =>
        definition(
          place,
          'forking',
          `"--daemonize", "yes", "--pidfile", "${place.path('data/redis.pid')}", "--logfile", "${place.path('data/log')}"`,
        ),
      reload: 'none',
      pidfile: { path: ({ path }) => path('data/redis.pid'), text: 'line', owner: 'redis', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, 'simple', '"--daemonize", "no"'), reload: 'none' },
    notify: { definition: (place) => definition(place, 'notify', '"--supervised", "systemd"'), reload: 'none' },
  },
}
