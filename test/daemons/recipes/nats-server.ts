import type { Recipe } from '../recipe.ts'

/** Does not daemonize; answers TERM with status 1. */
export const natsServer: Recipe = {
  name: 'nats-server',
  packages: ['nats-server'],
  programs: ['/usr/sbin/nats-server'],
  rootless: true,
  config: 'nats.conf',
  prepare: ({ port, write }) => {
    write('nats.conf', `listen: "127.0.0.1:${port}"\n`)
  },
  forms: {
    simple: {
      definition: ({ path, port }) => `
description = "NATS"
type = "simple"
command = ["/usr/sbin/nats-server", "-c", "${path('nats.conf')}"]
config-test = ["/usr/sbin/nats-server", "-t", "-c", "${path('nats.conf')}"]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "HUP"
`,
      reload: 'keeps-pid',
    },
  },
}
